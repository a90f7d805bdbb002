/* elements.js - making elements, and numbers as text. All text goes in as text nodes or attributes, never as markup. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (typeof value === "function")
            element.addEventListener(name, value);
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
}

/* make("p", {class: "note", click: handler}, "text", other, ...) */
function make(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

function by(id) {
    return document.getElementById(id);
}

/* "0.123"; more digits where it is small, a sign where it may be negative. */
function number(value, signed) {
    const digits = value !== 0 && Math.abs(value) < 0.01 ? 5 : 3;
    return (signed && value >= 0 ? "+" : "") + value.toFixed(digits).replace("-", "\u2212");
}

const data = JSON.parse(by("data").textContent), labels = data.run.labels, twoSided = labels.length === 2;

function labelName(label) {
    return labels[label] ?? "unknown";
}

/* The class of a decision's hue: of two labels the first is orange; of more, blue speaks for the decision, whichever it is. */
function hue(label) {
    return twoSided && label === 0 ? "negative" : "positive";
}

function decision(label, probability) {
    return make("span", {class: "decision " + hue(label)}, labelName(label) + " " + probability.toFixed(3));
}
