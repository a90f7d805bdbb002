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

function labelName(label) {
    return label ? "positive" : "negative";
}

function decision(label, probability) {
    return make("span", {class: "decision " + labelName(label)}, labelName(label) + " " + probability.toFixed(3));
}
