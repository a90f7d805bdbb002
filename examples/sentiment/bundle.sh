#!/bin/sh
# Make reviews.safetensors, the model that comes along, and measure it on films that it never saw.
#
#     sh examples/sentiment/bundle.sh --data aclImdb --glove FILE --unlabelled FILE --pairs FILE [--out DIR] [--threads N]
#                                     [--films FILE] [--program attn-sentiment] [-- MORE OPTIONS of pretrain]
#
# The reviews of the films in --films (kept-films.txt: 665, drawn at random) are for measuring, and so are their rewrites in --pairs (imdb-counterfactual's
# train_paired.tsv and dev_paired.tsv, one behind the other); --unlabelled is a text a line, or aclImdb/train/unsup. Six models
# are trained, each once (DIR is build/runs/bundle): one that learns to read; three teachers of n-grams and attention, which begin with it;
# their student, whom they teach the texts without labels; and the small one, whom the student teaches.
set -eu

fail() {
    echo "bundle.sh: $*" >&2
    exit 2
}

. "$(dirname "$0")/films.sh"

here=$(pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$here/$1" ;; esac; }
root=$(cd "$(dirname "$0")/../.." && pwd)
data='' glove='' unlabelled='' pairs='' out=$root/build/runs/bundle threads=0
program=$root/build/examples/sentiment/attn-sentiment films=$root/examples/sentiment/kept-films.txt
while [ $# -gt 0 ]; do
    [ "$1" != -- ] || {
        shift
        break
    }
    [ $# -gt 1 ] || fail "$1 needs a value, or is no option; expected --data, --glove, --unlabelled, --pairs, --out, --threads, --films or --program"
    case $1 in
    --data) data=$(absolute "$2") ;;
    --glove) glove=$(absolute "$2") ;;
    --unlabelled) unlabelled=$(absolute "$2") ;;
    --pairs) pairs=$(absolute "$2") ;;
    --out) out=$(absolute "$2") ;;
    --threads) threads=$2 ;;
    --program) program=$(absolute "$2") ;;
    --films) films=$(absolute "$2") ;;
    *) fail "$1 is no option; expected --data, --glove, --unlabelled, --pairs, --out, --threads, --films or --program" ;;
    esac
    shift 2
done
[ -n "$data" ] && [ -n "$glove" ] && [ -n "$unlabelled" ] && [ -n "$pairs" ] || fail "expected --data, --glove, --unlabelled and --pairs"
reviews=$(labelled_reviews "$data")
for file in "$glove" "$unlabelled" "$pairs" "$films"; do
    [ -r "$file" ] || fail "$file: it cannot be read"
done
[ -x "$program" ] || fail "$program is not there; build it (ninja -C build), or name it by --program"

mkdir -p "$out"
split_by_film "$reviews" "$films" "$out/reviews"

# Pairs whose original, or what it was rewritten to, stands among the reviews kept are for measuring. Texts are compared by the
# first 400 letters and digits.
[ -f "$out/pairs.tsv" ] || {
    find -L "$out/reviews/test" -name '*_*.txt' ! -name 'urls_*' -exec awk 'FNR == 1 { print }' {} + >"$out/kept.txt"
    KEPT=$out/kept-pairs.tsv OTHERS=$out/pairs.part LC_ALL=C awk -F '\t' '
        function key(text) {
            gsub(/<[^>]*>/, "", text)
            text = tolower(text)
            gsub(/[^a-z0-9]/, "", text)
            return substr(text, 1, 400)
        }
        FILENAME == ARGV[1] { kept[key($0)]; next }
        FNR == 1 {
            for (i = 1; i <= NF; i++) column[$i] = i
            head = $0
            print head >ENVIRON["KEPT"]
            print head >ENVIRON["OTHERS"]
            next
        }
        $0 == head { next } # of the second file, where one stands behind the other
        first == "" { first = $0; next }
        {
            split(first, cells, FS)
            where = key(cells[column["Text"]]) in kept || key($(column["Text"])) in kept ? "KEPT" : "OTHERS"
            print first "\n" $0 >ENVIRON[where]
            first = ""
        }' "$out/kept.txt" "$pairs"
    mv "$out/pairs.part" "$out/pairs.tsv"
}

# train NAME OPTION...: once; the reviews to train on are called so in the model's own account of itself.
train() {
    name=$1
    shift
    [ -f "$out/$name.done" ] || {
        echo "bundle.sh: $name" >&2
        "$program" train --data "$out/reviews/train" --start "$out/language/model.safetensors" --ngrams --out "$out/$name" \
            --overwrite --threads "$threads" "$@" >"$out/$name.log"
        : >"$out/$name.done"
    }
}

[ -f "$out/language.done" ] || {
    echo "bundle.sh: language" >&2
    "$program" pretrain --data "$out/reviews/train" --data "$unlabelled" --glove "$glove" --layer-norm --max-vocab 50000 --epochs 8 --out "$out/language" \
        --overwrite --threads "$threads" "$@" >"$out/language.log"
    : >"$out/language.done"
}
for seed in 1 2 3; do
    train teacher.$seed --epochs 3 --seed $seed
done
train student --unlabelled "$unlabelled" --teacher "$out/teacher.1/model.safetensors" --teacher "$out/teacher.2/model.safetensors" \
    --teacher "$out/teacher.3/model.safetensors" --epochs 2 --seed 2
train small --also "$out/pairs.tsv" --unlabelled "$unlabelled" --teacher "$out/student/model.safetensors" --epochs 2 \
    --max-vocab 20000 --max-ngrams 100000 --precision bfloat16
"$program" eval --model "$out/small/model.safetensors" --data "$out/reviews/test" --json --threads "$threads"
"$program" pairs --model "$out/small/model.safetensors" --data "$out/kept-pairs.tsv" --threads "$threads"
