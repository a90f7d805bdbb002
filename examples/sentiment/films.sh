# shellcheck shell=sh
# films.sh - the Large Movie Review data set parted by film: what study.sh and bundle.sh share. They have a `fail` of their own.

# The folder of its labelled training reviews, where `data` is the data set's root or that folder.
labelled_reviews() { # DATA
    folder=$1
    [ ! -d "$folder/train" ] || folder=$folder/train
    for class in pos neg; do
        [ -d "$folder/$class" ] && [ -f "$folder/urls_$class.txt" ] ||
            fail "$folder: no $class/ and urls_$class.txt in it; expected the Large Movie Review data set, whose films are known"
    done
    printf '%s\n' "$folder"
}

# Links to one class's reviews that belong to a part: test, those of the films kept; or train, the others.
link_class() { # REVIEWS FILMS FOLDER PART CLASS
    mkdir -p "$3/$4/$5"
    cp "$1/urls_$5.txt" "$3/$4/"
    ls "$1/$5" | URLS=$1/urls_$5.txt FROM=$1/$5 FILMS=$2 awk -v part="$4" '
        BEGIN {
            while ((getline line < ENVIRON["FILMS"]) > 0)
                for (i = split(line, numbers, " "); i > 0; i--)
                    kept[numbers[i]]
            while ((getline line < ENVIRON["URLS"]) > 0) {
                match(line, /tt[0-9]+/)
                film[count++] = substr(line, RSTART + 2, RLENGTH - 2)
            }
        }
        /^[0-9]+_[0-9]+\.txt$/ && ((film[$0 + 0] in kept) == (part == "test")) { print ENVIRON["FROM"] "/" $0 }' |
        (cd "$3/$4/$5" && tr '\n' '\0' | xargs -0 sh -c '[ $# = 0 ] || ln -s "$@" .' sh)
}

# FOLDER/test and FOLDER/train, once: the reviews of the films whose numbers stand in the file FILMS, and all others.
split_by_film() { # REVIEWS FILMS FOLDER
    [ ! -d "$3" ] || return 0
    rm -rf "$3.part"
    for part in train test; do
        for class in pos neg; do
            link_class "$1" "$2" "$3.part" $part $class
        done
    done
    mv "$3.part" "$3"
}
