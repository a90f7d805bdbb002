/* people.js - how far what is shaded is what people marked, where that was measured. */
"use strict";

const PEOPLE_COLUMNS = [
    {key: "token_f1", title: "token F1", tip: "of the words that are shaded most, as many as people mark of a review in the mean, and those that they marked"},
    {key: "auprc", title: "AUPRC", tip: "the area under precision over recall, as words are taken in the order of their shading"},
    {key: "average_precision", title: "average precision", tip: "the same area, as steps"},
    {key: "iou_f1", title: "IOU F1", tip: "of runs of words that overlap by half"},
];

/* A mean, and behind it its 95 % interval. */
function interval([mean, low, high]) {
    return [mean.toFixed(3), " ", make("span", {class: "interval"}, `[${low.toFixed(3)}, ${high.toFixed(3)}]`)];
}

function showPeople(data) {
    const section = by("people"), people = data.people;
    section.hidden = !people;
    if (section.hidden)
        return;
    section.append(make("p", {class: "note"}, `Of ${people.reviews.toLocaleString("en")} reviews in which people marked the words that made them decide; ` +
                                              "the model decides ", ...interval(people.accuracy), ` of them as they are labelled. ` +
                                              `Each way of shading chooses ${(100 * people.share).toFixed(1)} % of a review's words. Means with 95 % intervals.`),
                   make("div", {class: "wide"}, make("table", {},
                       make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "words shaded by"),
                                              ...PEOPLE_COLUMNS.map((column) => make("th", {scope: "col", title: column.tip}, column.title)))),
                       make("tbody", {}, ...people.rows.map((row) => make("tr", {}, make("th", {scope: "row"}, row.by),
                                                                          ...PEOPLE_COLUMNS.map((column) => make("td", {}, ...interval(row[column.key])))))))),
                   saves("people", null, () => [["by", ...PEOPLE_COLUMNS.flatMap(({key}) => [key, `${key}_low`, `${key}_high`])],
                                                ...people.rows.map((row) => [row.by, ...PEOPLE_COLUMNS.flatMap(({key}) => row[key])])]));
}
