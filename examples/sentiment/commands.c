/* commands.c - attn-sentiment: train a GRU with soft attention on labelled texts, and see which words decided. */
#include "commands.h"

#define DATA_HELP                                                                                            \
    "PATH is CSV with a header (columns text, review, sentence or content, and label, sentiment, class,\n"   \
    "category or stars, or those that the options name), JSON lines (objects of those names), lines of\n"    \
    "`label<TAB>text`, a folder a class (a text file a review), or the Large Movie Review data set's "       \
    "root.\n"                                                                                                \
    "The endings .csv, .jsonl and .tsv tell which; without one, the first bytes do.\n"

const struct command commands[] = {
    {"train", command_train, "[--data PATH] --out RUN [options]", "Train a model on labelled reviews",
     DATA_HELP
     "Without --data, 400 bundled reviews are used.\n"
     "RUN receives model.safetensors (the epoch of best validation accuracy), vocab.txt, metrics.csv,\n"
     "attention_history.jsonl, checkpoint.safetensors and report.html. Ctrl-C saves and stops; --resume goes "
     "on.\n"
     "A run that is in RUN is not touched without --resume or --overwrite.\n",
     PROGRAM " train --data aclImdb --glove glove.6B.100d.txt --out runs/first"},
    {"prepare", command_prepare, "--data PATH --out FILE",
     "Read more reviews than memory holds, once, for the other commands",
     DATA_HELP
     "FILE receives the reviews, their words' numbers, labels and films, and is what the other commands take "
     "as\n"
     "--data: they map it, and hold little of it in memory. Until it is whole it is FILE.part; a preparation "
     "that\n"
     "was interrupted goes on by the same command. Of the data set's root, the reviews in train/ are used.\n",
     PROGRAM " prepare --data huge.csv --out huge.reviews"},
    {"pretrain", command_pretrain, "[--data PATH ...] --out RUN [options]",
     "Learn to predict the words of texts that need no labels, for train to start from",
     "Two language models, one a direction of the GRU, learn from each word's state the next word, and the "
     "one\n"
     "before. PATH is what train --data takes, whose labels are not looked at; a file of a text a line, of "
     "which "
     "the\n"
     "last cell between tabs is read; or a folder of files. Of the Large Movie Review data set's root, "
     "train/pos, "
     "neg\n"
     "and unsup are read.\n"
     "RUN receives model.safetensors (the epoch of least held-out perplexity), vocab.txt, metrics.csv and\n"
     "checkpoint.safetensors. Ctrl-C saves and stops; --resume goes on. Then\n"
     "    " PROGRAM " train --start RUN/model.safetensors --data aclImdb --out runs/started\n"
     "begins with its words, their vectors and its GRU.\n",
     PROGRAM " pretrain --data aclImdb --glove glove.6B.100d.txt --out runs/language"},
    {"eval", command_eval, "[--model FILE] --data PATH [--json]", "Measure a model on labelled reviews",
     DATA_HELP "Of the data set's root, the reviews in test/ are used.\n",
     PROGRAM " eval --model runs/first/model.safetensors --data aclImdb"},
    {"predict", command_predict, "[--model FILE] [--json] [TEXT]",
     "Say which class a text is of: positive or negative",
     "Without TEXT, each line of standard input is a text. The probability is that of the label printed.\n",
     PROGRAM " predict 'I loved every minute.'"},
    {"explain", command_explain, "[--model FILE] [--format F] [--by METHOD] [--data PATH | TEXT]",
     "Show which words a decision rested on",
     "Without TEXT and --data, each line of standard input is a text. The original text is shaded:\n"
     "    attention    the weight of each word; they are 1 in all\n"
     "    gradient     gradient x input                       the last four are signed: above 0 speaks for\n"
     "    integrated   integrated gradients (secants)         the decision, in log-odds; blue towards\n"
     "    occlusion    what leaving the word out takes        positive, orange towards negative; of more "
     "than\n"
     "    ngrams       its share of what n-grams gave         two classes for the decision and against it\n"
     "Of a model with n-grams beside its encoder each word's share of theirs is shown too, and what either\n"
     "channel gave to the decision, in log-odds.\n"
     "`ansi` shades where the output is a terminal; NO_COLOR turns colours off, FORCE_COLOR=1 on. `html` and "
     "`svg`\n"
     "tell each word's token, weight and rank when pointed at; `json` is a line a text, `csv` a line a "
     "word.\n",
     PROGRAM " explain --format html 'I loved every minute.' > why.html"},
    {"report", command_report, "RUN [--data PATH] [--out FILE]", "Draw a run as one page for the browser",
     "RUN is the folder that train left; train writes its report.html at the end, too. The page needs "
     "nothing\n"
     "beside it: curves, the surest and the least certain held-out reviews with their words shaded, "
     "attention\n"
     "after every epoch, attention beside gradient and occlusion, and the words that receive most "
     "attention.\n",
     PROGRAM " report runs/first"},
    {"faithfulness", command_faithfulness, "[--model FILE] --data PATH [--limit N] [--json]",
     "Measure how far attention shows what decided",
     DATA_HELP
     "Of the data set's root, the reviews in test/ are used. p is the probability of the class decided for.\n"
     "Words are ranked by attention, by gradient (|x . dp/dx|, attention held) and at random; of\n"
     "each measure the mean over the reviews is printed, with its interval:\n"
     "  tau and r           agreement with the gradient, with the size of integrated gradients, or with\n"
     "                      |change of p| without each word\n"
     "  divergence          Jensen and Shannon's, in nats: 0 where numbers are spread alike, .693 where no\n"
     "                      word has of both\n"
     "  comprehensiveness   what p loses without the first 1, 5, 10, 20, 50 % of the words; more is better\n"
     "  sufficiency         what p loses with those words alone; less is better\n"
     "  soft ...            the same as words' vectors lose as much, or keep as much, as the words' numbers "
     "say\n"
     "                      (Zhao and Aletras 2023), normalised to 0..1; at random attention's numbers "
     "change\n"
     "                      places; more is better in both\n"
     "  fraction to flip    of the words: as their attention is erased in the ranking's order, and the rest\n"
     "                      sums to 1 again, the decision turns; less is better, 1 if it never does\n"
     "  permutation         how far the probabilities move when weights change places at random\n"
     "  conicity            how much alike the states are; near 1 attention's choice means little\n",
     PROGRAM " faithfulness --model runs/first/model.safetensors --data aclImdb --limit 1000"},
    {"plausibility", command_plausibility, "[--model FILE] --data PATH [--by METHOD] [--limit N] [--json]",
     "Measure whether the words shaded are those that people marked",
     "PATH is in the form of the ERASER benchmark (DeYoung et al. 2020), such as its movies: docs/ID.txt, "
     "words\n"
     "parted by white space, and beside it train.jsonl, val.jsonl and test.jsonl, of which all that are "
     "there are\n"
     "read, or the one that is named: \"annotation_id\", \"classification\" and \"evidences\", the words "
     "marked.\n"
     "Of each way of shading, and at random, ERASER's scores are printed with their intervals:\n"
     "  token F1            of the words with the largest numbers, as many as people marked in the mean\n"
     "  AUPRC               area under precision and recall of all words, by the size of their numbers\n"
     "  average precision   the same by steps; at random it is a little more than the share that is marked\n"
     "  IOU F1              of spans, which match where intersection over union is a half or more\n"
     "Signed numbers count for the decision: words against it come last.\n",
     PROGRAM " plausibility --model runs/first/model.safetensors --data movies --limit 200"},
    {"pairs", command_pairs, "[--model FILE] --data PATH [--json]",
     "Measure a model on texts and their smallest rewrites to another label",
     "PATH is CSV, a table of tabs, or JSON lines (see train --help) with a further column of one name for "
     "each\n"
     "pair, batch_id: counterfactually augmented data (Kaushik et al. 2020). Of each pair the text that "
     "stands\n"
     "first is the original, and the other its rewrite. A measure wants a model that has seen neither: "
     "train\n"
     "with --leave-out PATH.\n",
     PROGRAM " pairs --model runs/first/model.safetensors --data test_paired.tsv"},
    {"sample", command_sample, "--data PATH [--seed N]", "Show one review as the model will read it",
     DATA_HELP, PROGRAM " sample --data examples/sentiment/sample.tsv --seed 7"},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const char *const commands_of_ranks[] = {"train", "pretrain", NULL};

const char program_purpose[] =
    "Train a GRU with soft attention on labelled texts, such as movie reviews, and see which words decided.";
const char program_examples[] = "  " PROGRAM " train --out runs/sample\n"
                                "  " PROGRAM " explain 'I loved every minute.'\n";
