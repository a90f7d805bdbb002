#!/bin/sh
# What decides, and what attention is worth: train each row of one table, and measure it on films that it never saw.
#
#     sh examples/sentiment/study.sh --data aclImdb --glove FILE [--out DIR] [--seeds 3] [--epochs 3] [--threads N]
#                                    [--rows 'NAME ...'] [--program attn-sentiment] [-- MORE OPTIONS of train, for all rows]
#
# Of the labelled training reviews, seed s keeps those of its own fifth of the films (whose numbers in urls_pos.txt and
# urls_neg.txt leave s - 1 when divided by 5) and measures on them; of the others' films a tenth chooses the epoch and fits the
# scales. What is done stands in DIR (build/runs/study), a file a row and seed, and is not done again: a run that was ended
# goes on with the row that it was in. The table is printed, and is DIR/study.md.
set -eu

fail() {
    echo "study.sh: $*" >&2
    exit 2
}

. "$(dirname "$0")/films.sh"

here=$(pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$here/$1" ;; esac; }
root=$(cd "$(dirname "$0")/../.." && pwd)
all='last mean max attention attngru ngrams both random norm extreme gru best' # rows
data='' glove='' out=$root/build/runs/study seeds=3 epochs=3 threads=0 rows=$all program=$root/build/examples/sentiment/attn-sentiment
while [ $# -gt 0 ]; do
    [ "$1" != -- ] || {
        shift
        break
    }
    [ $# -gt 1 ] || fail "$1 needs a value, or is no option; expected --data, --glove, --out, --seeds, --epochs, --threads, --rows or --program"
    case $1 in
    --data) data=$(absolute "$2") ;;
    --glove) glove=$(absolute "$2") ;;
    --out) out=$(absolute "$2") ;;
    --seeds) seeds=$2 ;;
    --epochs) epochs=$2 ;;
    --threads) threads=$2 ;;
    --rows) rows=$2 ;;
    --program) program=$(absolute "$2") ;;
    *) fail "$1 is no option; expected --data, --glove, --out, --seeds, --epochs, --threads, --rows or --program" ;;
    esac
    shift 2
done
for row in $rows; do
    case " $all " in *" $row "*) ;; *) fail "--rows: $row is no row; expected some of $all" ;; esac
done
for number in "$seeds" "$epochs"; do
    case $number in '' | *[!0-9]* | 0*) fail "--seeds and --epochs are numbers from 1 on; got $number" ;; esac
done
[ -n "$data" ] && [ -n "$glove" ] || fail "expected --data aclImdb, the Large Movie Review data set, and --glove FILE, word vectors"
reviews=$(labelled_reviews "$data")
[ -r "$glove" ] || fail "--glove $glove: it cannot be read"
[ -x "$program" ] || fail "$program is not there; build it (ninja -C build), or name it by --program"

mkdir -p "$out"
settings="data $data
glove $glove
epochs $epochs
more $*"
[ -f "$out/settings" ] || printf '%s\n' "$settings" >"$out/settings"
[ "$(cat "$out/settings")" = "$settings" ] ||
    fail "$out holds a study with other settings ($out/settings); give the same ones, or another --out"

# ---- folds ---------------------------------------------------------------------------------------------------------------------

make_fold() { # SEED
    folder=$out/fold.$1
    [ -d "$folder" ] && return
    cat "$reviews/urls_pos.txt" "$reviews/urls_neg.txt" | awk -v fold=$((($1 - 1) % 5)) '
        match($0, /tt[0-9]+/) && substr($0, RSTART + 2, RLENGTH - 2) % 5 == fold { print substr($0, RSTART + 2, RLENGTH - 2) }' >"$folder.films"
    split_by_film "$reviews" "$folder.films" "$folder"
}

# ---- rows ----------------------------------------------------------------------------------------------------------------------

label() { # ROW
    case $1 in
    last) echo 'no attention: the last states' ;;
    mean) echo 'no attention: the mean of the states' ;;
    max) echo 'no attention: the largest numbers of the states' ;;
    attention) echo 'attention' ;;
    attngru) echo 'attention, and an attention GRU' ;;
    ngrams) echo 'n-grams alone' ;;
    both) echo 'attention and n-grams (`--ngrams`)' ;;
    random) echo 'attention, from random vectors' ;;
    norm) echo 'attention, layer-normalised' ;;
    extreme) echo 'attention, trained on ratings 1, 2, 9, 10' ;;
    gru) echo 'attention, after learning to read them (`--preset gru`)' ;;
    best) echo 'attention and n-grams, after learning to read them (`--preset best`)' ;;
    esac
}

number() { # KEY FILE: a number of eval's JSON; - where it has none of that name
    found=$(sed -n 's/.*"'"$1"'": \([0-9.]*\).*/\1/p' "$2")
    echo "${found:--}"
}

train_row() { # ROW SEED RUN MORE...
    row=$1 seed=$2 run=$3
    shift 3
    case $row in
    last | mean | max) set -- "$@" --glove "$glove" --pooling "$row" ;;
    attention) set -- "$@" --glove "$glove" ;;
    attngru) set -- "$@" --glove "$glove" --encoder attngru ;;
    ngrams) set -- "$@" --encoder none ;;
    both) set -- "$@" --glove "$glove" --ngrams ;;
    norm) set -- "$@" --glove "$glove" --layer-norm ;;
    extreme) set -- "$@" --glove "$glove" --only-extreme ;;
    gru | best) set -- "$@" --glove "$glove" --preset "$row" ;;
    esac
    "$program" train --data "$out/fold.$seed" --out "$run" --overwrite --seed "$seed" --epochs "$epochs" --threads "$threads" "$@" >"$run.log"
}

# A line: accuracy, that of extreme reviews, spread of attention, weight of the heaviest tenth, then of an epoch seconds and
# processor seconds, and megabytes.
measure_row() { # ROW SEED RUN
    sharpness=--sharpness
    case $1 in last | mean | max | ngrams) sharpness= ;; esac
    # shellcheck disable=SC2086 # an option, or none
    "$program" eval --model "$3/model.safetensors" --data "$out/fold.$2" --json --threads "$threads" $sharpness >"$3.json"
    "$program" eval --model "$3/model.safetensors" --data "$out/fold.$2" --json --threads "$threads" --only-extreme >"$3.extreme.json"
    seconds=$(awk -F, 'NR > 1 { sum += $NF } END { print sum / (NR - 1) }' "$3/metrics.csv")
    cost=$(sed -n 's/^cost: \([0-9.]*\) s .*, \([0-9]*\) MB .*/\1 \2/p' "$3.log")
    echo "$(number accuracy "$3.json") $(number accuracy "$3.extreme.json") $(number effective_words "$3.json")" \
        "$(number heaviest_tenth "$3.json") $seconds $cost"
}

# ---- the table -----------------------------------------------------------------------------------------------------------------

write_table() {
    {
        echo '| what decides | accuracy | of ratings 1, 2, 9, 10 | attention is as spread as evenly over | its heaviest tenth has | s an epoch | processor s | MB | seeds |'
        echo '|---|---|---|---|---|---|---|---|---|'
        for row in $all; do
            cat "$out/$row".[0-9]*.result 2>/dev/null | LABEL=$(label "$row") awk '
                function figure(column, format,   mean, spread, i) {
                    if (value[column, 1] == "-")
                        return "-"
                    for (i = 1; i <= NR; i++)
                        mean += value[column, i] / NR
                    for (i = 1; i <= NR; i++)
                        spread += (value[column, i] - mean) ^ 2 / (NR - 1 + (NR == 1))
                    return sprintf(NR > 1 ? format " ± " format : format, mean, sqrt(spread))
                }
                { for (i = 1; i <= NF; i++) value[i, NR] = $i }
                END {
                    if (NR)
                        printf "| %s | %s | %s | %s | %s | %s | %s | %s | %d |\n", ENVIRON["LABEL"], figure(1, "%.4f"), figure(2, "%.4f"),
                            figure(3, "%.3f"), figure(4, "%.3f"), figure(5, "%.1f"), figure(6, "%.1f"), figure(7, "%.0f"), NR
                }' || true
        done
    } >"$out/study.md.part"
    mv "$out/study.md.part" "$out/study.md"
}

seed=1
while [ "$seed" -le "$seeds" ]; do
    make_fold "$seed"
    for row in $rows; do
        run=$out/$row.$seed
        [ ! -f "$run.result" ] || continue
        echo "study.sh: $(label "$row"), seed $seed" >&2
        train_row "$row" "$seed" "$run" "$@"
        measure_row "$row" "$seed" "$run" >"$run.result.part"
        mv "$run.result.part" "$run.result"
        rm -f "$run/checkpoint.safetensors" # as large as all the rest
        write_table
    done
    seed=$((seed + 1))
done
write_table
cat "$out/study.md"
