/* reviews.js - held-out reviews with their words shaded; and of one of them attention, n-grams, gradient and occlusion side by
 * side. */
"use strict";

const METHODS = [{name: "attention", title: "Attention", signed: false, note: "1 in all"},
                 {name: "ngrams", title: "N-grams", signed: true, note: "shares of what the n-grams gave to the decision"},
                 {name: "gradient", title: "Gradient \u00d7 input", signed: true, tau: "tau_gradient"},
                 {name: "occlusion", title: "Occlusion", signed: true, tau: "tau_occlusion"}];

/* What of a text is not shown. */
function rest(review) {
    return review.left ? [make("p", {class: "note"}, `${review.left} more words were not read, or are not shown.`)] : [];
}

/* The share of the attention that padding took. */
function padding(weight) {
    if (weight === undefined)
        return [];
    return [" \u00b7 attention to padding ", make("span", {class: "bar"}, make("i", {style: `width: ${(100 * weight).toFixed(1)}%`})),
            ` ${(100 * weight).toFixed(1)} %`];
}

function reviewRows(review) {
    const methods = METHODS.filter((method) => review[method.name]);
    const rows = [["word", "token", ...methods.map((method) => method.name)]];
    for (let i = 0; 2 * i + 1 < review.pieces.length; i++)
        rows.push([i + 1, review.pieces[2 * i + 1], ...methods.map((method) => review[method.name][i] ?? "")]);
    return rows;
}

function head(review) {
    return [decision(review.decision, review.probability), ` labelled ${labelName(review.label)} `];
}

/* How much each channel gave to the decision, where there are two. */
function channels(review) {
    const given = Object.entries(review.channels ?? {}).filter(([, gave]) => gave !== 0);
    return given.length < 2 ? [] : [" \u00b7 " + given.map(([name, gave]) => `${name} ${number(gave, true)}`).join(", ")];
}

/* The same text by its n-grams, below what attention shades. */
function ngramsBelow(review) {
    if (!review.attention || !review.ngrams)
        return [];
    const text = new ShadedText({...review});
    text.paint(review.ngrams, review.decision, true);
    return [make("p", {class: "note"}, "by n-grams"), text.node];
}

/* A long text is folded until it is asked for. */
function unfold(nodes, after) {
    const button = make("button", {type: "button", click: () => {
        const folded = !nodes[0].classList.contains("folded");
        nodes.forEach((node) => node.classList.toggle("folded", folded));
        button.textContent = folded ? "Show all of it" : "Show less";
        button.setAttribute("aria-expanded", String(!folded));
    }}, "Show all of it");
    button.setAttribute("aria-expanded", "false");
    nodes.forEach((node) => node.classList.add("folded"));
    after.prepend(button);
}

function reviewCard(review, number) {
    const text = new ShadedText(review), method = METHODS.find((m) => review[m.name]);
    text.paint(review[method.name], review.decision, method.signed);
    const title = () => `${labelName(review.decision)} ${review.probability.toFixed(3)}, labelled ${labelName(review.label)}: ${review.name}`;
    const buttons = saves(`review-${number}`, () => textFigure(text, title()), () => reviewRows(review));
    const below = ngramsBelow(review);
    if (text.words.length > 130)
        unfold([text.node, ...below.slice(1)], buttons);
    return make("article", {class: "card"},
                make("p", {}, ...head(review), make("span", {class: "note"}, review.name), ...padding(review.padding), ...channels(review)),
                text.node, ...below, ...rest(review), buttons);
}

function showGroups(data) {
    const section = by("groups");
    let number = 0;
    section.hidden = data.groups.length === 0;
    for (const group of data.groups) {
        section.append(make("h3", {}, group.title));
        if (group.reviews.length === 0)
            section.append(make("p", {class: "note"}, "There is none."));
        for (const review of group.reviews)
            section.append(reviewCard(review, ++number));
    }
}

/* ---- side by side ---- */

function panel(review, method) {
    const text = new ShadedText(review), tau = review[method.tau];
    text.paint(review[method.name], review.decision, method.signed);
    return make("div", {class: "card"}, make("h3", {}, method.title),
                make("p", {class: "note"}, method.tau ? tau === undefined ? "" : `tau with attention ${number(tau, true)}` : method.note),
                text.node, ...rest(review),
                saves(method.name, () => textFigure(text, `${method.title}: ${review.name}`)));
}

function meanTau(reviews, name) {
    const taus = reviews.map((review) => review[name]).filter((tau) => tau !== undefined);
    return taus.length ? number(taus.reduce((a, b) => a + b) / taus.length, true) : "none";
}

function showCompare(data) {
    const section = by("compare"), reviews = data.groups.flatMap((group) => group.reviews.map((review) => ({...review, group: group.title})));
    section.hidden = reviews.length === 0;
    if (section.hidden)
        return;
    const columns = make("div", {class: "columns"}), below = make("div");
    let texts = [];
    const choice = make("select", {"aria-label": "review", change: () => show()},
                        ...reviews.map((review, i) => make("option", {value: i}, `${review.group}: ${review.name}`)));
    function show() {
        const review = reviews[choice.value], before = shading.texts.filter((text) => !texts.includes(text));
        columns.replaceChildren(...METHODS.filter((method) => review[method.name]).map((method) => panel(review, method)));
        texts = shading.texts.slice(shading.texts.length - columns.children.length);
        shading.texts = [...before, ...texts];
        below.replaceChildren(make("p", {}, ...head(review)), saves("methods", null, () => reviewRows(review)));
    }
    section.append(make("p", {class: "note"}, "Gradient \u00d7 input and occlusion say what a word adds to the log-odds of the decision; " +
                        "attention only says where the model looked. Kendall's tau, from \u22121 to 1, is how far the rankings of the words agree. " +
                        `Mean over the ${reviews.length} reviews of this page: with gradient ${meanTau(reviews, "tau_gradient")}, ` +
                        `with occlusion ${meanTau(reviews, "tau_occlusion")}.`),
                   make("div", {class: "controls"}, choice), below, columns);
    show();
}
