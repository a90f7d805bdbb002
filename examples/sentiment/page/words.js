/* words.js - the words that receive most attention over the held-out reviews, sorted by any column. */
"use strict";

const SHOWN_WORDS = 30;

const WORD_COLUMNS = [
    {key: "word", title: "word", tip: "as the vocabulary has it"},
    {key: "lift", title: "\u00d7 even share", tip: "how many times an even share of its review's attention the word gets, on average"},
    {key: "share", title: "share", tip: "of all the attention over all held-out reviews"},
    {key: "count", title: "places", tip: "how often it stands in held-out reviews"},
    {key: "leaning", title: "leaning", tip: twoSided ? `the share of the word's attention that lies in reviews decided ${labels[1]}`
                                                     : "the class in whose reviews most of the word's attention lies, and the share that does"},
    {key: "probability", title: twoSided ? `mean p(${labels[1]})` : "mean p of that class", tip: "of the reviews where it stands"},
];

/* Of two classes, a bar from the middle: to the right in blue, to the left in orange. Of more, a bar from the left. */
function leaningBar(leaning) {
    const part = twoSided ? Math.abs(leaning - 0.5) * 100 : 100 * leaning;
    const left = !twoSided ? 0 : leaning < 0.5 ? 50 - part : 50;
    return make("span", {class: "leaning " + (twoSided && leaning < 0.5 ? "negative" : "positive")},
                make("i", {style: `left: ${left}%; width: ${part}%`}));
}

function wordRow(word) {
    return make("tr", {}, make("td", {}, make("bdi", {}, word.word)), make("td", {}, word.lift.toFixed(2)),
                make("td", {}, (100 * word.share).toFixed(2) + " %"), make("td", {}, word.count),
                make("td", {}, leaningBar(word.leaning), make("span", {class: "percent"}, `${(100 * word.leaning).toFixed(0)} % ${twoSided ? "" : "in "}${labelName(word.class)}`)),
                make("td", {}, word.probability.toFixed(2)));
}

function showWords(data) {
    const section = by("words"), words = data.words, body = make("tbody");
    section.hidden = words.length === 0;
    if (section.hidden)
        return;
    let key = "lift", most = SHOWN_WORDS;
    const buttons = WORD_COLUMNS.map((column) => make("button", {type: "button", title: column.tip,
                                                                 click: () => { key = column.key; show(); }}, column.title));
    const more = make("button", {type: "button", click: () => { most = words.length; more.hidden = true; show(); }},
                      `Show all ${words.length}`);
    function show() {
        const sign = key === "word" ? 1 : -1, order = (a, b) => a[key] < b[key] ? -sign : a[key] > b[key] ? sign : 0;
        body.replaceChildren(...[...words].sort(order).slice(0, most).map(wordRow));
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(WORD_COLUMNS[i].key === key)));
    }
    more.hidden = words.length <= most;
    section.append(make("p", {class: "note"}, "Of the held-out reviews; sort by a column's head. Leaning: " +
                                              WORD_COLUMNS.find((column) => column.key === "leaning").tip + "."),
                   make("div", {class: "wide"}, make("table", {}, make("thead", {}, make("tr", {}, ...buttons.map((button) => make("th", {scope: "col"}, button)))), body)),
                   more, saves("words", null, () => [[...WORD_COLUMNS.map((column) => column.key), "class"],
                                                     ...words.map((word) => [...WORD_COLUMNS.map((column) => word[column.key]),
                                                                             labelName(word.class)])]));
    show();
}
