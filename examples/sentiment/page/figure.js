/* figure.js - saving: figures as SVG and PNG, numbers as CSV; and a shaded text drawn as a figure. */
"use strict";

/* The colours of the page as it is on the screen, and of what is saved, which is always light. */
const SCREEN = {ink: "var(--ink)", faint: "var(--faint)", line: "var(--line)", paper: "none",
                blue: "rgb(var(--blue))", orange: "rgb(var(--orange))"};
const SAVED = {ink: "#1b1b1b", faint: "#5f6368", line: "#d9d9d4", paper: "#ffffff", blue: "#1f77be", orange: "#f07d0a"};
const DEEPEST = 0.72; // opacity of the most shaded word

function download(name, blob) {
    const link = make("a", {href: URL.createObjectURL(blob), download: name});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function svgBlob(figure) {
    const text = new XMLSerializer().serializeToString(figure);
    return new Blob(['<?xml version="1.0" encoding="UTF-8"?>\n', text], {type: "image/svg+xml"});
}

async function savePng(name, figure) {
    const url = URL.createObjectURL(svgBlob(figure)), image = new Image();
    image.src = url;
    await image.decode();
    const canvas = make("canvas", {width: 2 * image.width, height: 2 * image.height});
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(url);
    canvas.toBlob((blob) => download(name + ".png", blob));
}

function csvField(value) {
    const text = String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function saveCsv(name, rows) {
    const text = rows.map((row) => row.map(csvField).join(",") + "\r\n").join("");
    download(name + ".csv", new Blob([text], {type: "text/csv"}));
}

/* Buttons that save figure(), an <svg>, and rows(), arrays of which the first is the head; either may be left out. */
function saves(name, figure, rows) {
    const button = (text, click) => make("button", {type: "button", click}, text), buttons = make("div", {class: "saves"});
    if (figure)
        buttons.append(button("Save SVG", () => download(name + ".svg", svgBlob(figure()))),
                       button("Save PNG", () => savePng(name, figure())));
    if (rows)
        buttons.append(button("Save CSV", () => saveCsv(name, rows())));
    return buttons;
}

/* ---- a shaded text as a figure ---- */

const FIGURE = {width: 860, margin: 24, font: 15, line: 27, family: "system-ui, 'DejaVu Sans', Verdana, sans-serif"};

/* Where each piece goes: lines break behind spaces. */
function layOut(pieces, measure) {
    const placed = [], right = FIGURE.width - FIGURE.margin;
    let x = FIGURE.margin, line = 0;
    const breakLine = () => { x = FIGURE.margin; line++; };
    pieces.forEach((piece, i) => {
        for (const part of piece.split(/(\n|[ \t\r]+)/)) {
            if (part === "\n") {
                breakLine();
            } else if (part) {
                const width = measure(part);
                if (x + width > right && x > FIGURE.margin && part.trim())
                    breakLine();
                placed.push({text: part, x, line, width, token: i % 2 ? (i - 1) / 2 : -1});
                x += width;
            }
        }
    });
    return {placed, lines: line + 1};
}

function textFigure(text, title) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${FIGURE.font}px ${FIGURE.family}`;
    const {placed, lines} = layOut(text.review.pieces, (part) => pen.measureText(part).width);
    const top = 2.6 * FIGURE.font + FIGURE.margin, height = top + lines * FIGURE.line + FIGURE.margin;
    const figure = draw("svg", {xmlns: SVG, width: FIGURE.width, height, viewBox: `0 0 ${FIGURE.width} ${height}`,
                                "font-family": FIGURE.family, "font-size": FIGURE.font, fill: SAVED.ink},
                        draw("rect", {width: "100%", height: "100%", fill: SAVED.paper}),
                        draw("text", {x: FIGURE.margin, y: FIGURE.margin + FIGURE.font, "font-weight": "bold"}, title));
    for (const {text: part, x, line, width, token} of placed) {
        const y = top + line * FIGURE.line;
        if (token >= 0 && text.values[token] !== undefined) {
            const {strength, negative} = text.shade(token);
            figure.append(draw("rect", {x: x.toFixed(1), y: (y - 2).toFixed(1), width: width.toFixed(1), height: 22, rx: 3,
                                        fill: negative ? SAVED.orange : SAVED.blue,
                                        "fill-opacity": (DEEPEST * strength).toFixed(3)},
                               draw("title", {}, text.words[token].dataset.tip)));
        }
        if (part.trim())
            figure.append(draw("text", {x: x.toFixed(1), y: (y + FIGURE.font - 1).toFixed(1), "pointer-events": "none"}, part));
    }
    return figure;
}
