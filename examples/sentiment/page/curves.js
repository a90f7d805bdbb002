/* curves.js - loss and accuracy over the epochs. Training and held-out lines differ in hue, dashes and marks. */
"use strict";

const MOST_MARKS = 60; // of more epochs no single one is marked
const CURVE = {width: 460, height: 280, left: 52, right: 92, top: 34, bottom: 40};

/* Some four round numbers from low to high. */
function ticks(low, high) {
    const raw = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) || raw, result = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
        result.push(i * step);
    return result;
}

/* The plane of a chart: where an epoch and a value lie, and what is written around it. */
function plane(metrics, series) {
    const {width, height, left, right, top, bottom} = CURVE, epochs = metrics.epoch;
    const all = series.flatMap((s) => metrics[s.column]).filter(Number.isFinite);
    const span = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1], pad = (span[1] - span[0]) * 0.06 || 0.05;
    const low = span[0] - pad, high = span[1] + pad, first = epochs[0], last = epochs[epochs.length - 1];
    return {low, high, first, last,
            x: (epoch) => left + (width - left - right) * (last > first ? (epoch - first) / (last - first) : 0.5),
            y: (value) => height - bottom - (height - top - bottom) * (value - low) / (high - low)};
}

function axes({low, high, first, last, x, y}, colours) {
    const {width, height, left, right, bottom} = CURVE, group = draw("g", {style: `fill: ${colours.faint}`});
    for (const value of ticks(low, high))
        group.append(draw("line", {x1: left, x2: width - right, y1: y(value), y2: y(value), style: `stroke: ${colours.line}`}),
                     draw("text", {x: left - 6, y: y(value) + 4, "text-anchor": "end"}, Number(value.toPrecision(3))));
    for (const epoch of ticks(first, last).filter(Number.isInteger))
        group.append(draw("text", {x: x(epoch), y: height - bottom + 18, "text-anchor": "middle"}, epoch));
    group.append(draw("text", {x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle"}, "epoch"));
    return group;
}

/* One line with its marks; epochs without a number have none. */
function line({x, y}, metrics, series, colour) {
    const points = metrics.epoch.map((epoch, i) => ({epoch, value: metrics[series.column][i]})).filter((p) => Number.isFinite(p.value));
    const group = draw("g", {style: `stroke: ${colour}; fill: ${colour}`},
                       draw("polyline", {points: points.map((p) => `${x(p.epoch).toFixed(1)},${y(p.value).toFixed(1)}`).join(" "),
                                         "stroke-width": 2, "stroke-dasharray": series.dashes, style: "fill: none"}));
    for (const p of points.length <= MOST_MARKS ? points : []) {
        const tip = draw("title", {}, `${series.name}, epoch ${p.epoch}: ${p.value.toFixed(4)}`);
        group.append(series.square ? draw("rect", {x: x(p.epoch) - 3, y: y(p.value) - 3, width: 6, height: 6}, tip)
                                   : draw("circle", {cx: x(p.epoch), cy: y(p.value), r: 3.5}, tip));
    }
    return group;
}

/* The lines' names at their right ends, moved apart where those are near. */
function names({y}, metrics, series, colours) {
    const ends = series.map((s) => y(metrics[s.column].findLast(Number.isFinite) ?? 0));
    const apart = Math.abs(ends[0] - ends[1]) < 14 ? (ends[0] <= ends[1] ? [-7, 7] : [7, -7]) : [0, 0];
    return series.map((s, k) => draw("text", {x: CURVE.width - CURVE.right + 8, y: ends[k] + 4 + apart[k],
                                              style: `fill: ${colours.ink}`}, s.name));
}

function curve(title, metrics, series, best, colours) {
    const {width, height, left, top, bottom} = CURVE, place = plane(metrics, series);
    const svg = draw("svg", {xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title,
                             "font-family": FIGURE.family, "font-size": 12},
                     draw("rect", {width: "100%", height: "100%", style: `fill: ${colours.paper}`}),
                     draw("text", {x: left, y: 20, "font-size": 15, "font-weight": "bold", style: `fill: ${colours.ink}`}, title),
                     axes(place, colours));
    if (best)
        svg.append(draw("line", {x1: place.x(best), x2: place.x(best), y1: top, y2: height - bottom, "stroke-dasharray": "1 4",
                                 "stroke-width": 1.5, style: `stroke: ${colours.ink}`}, draw("title", {}, `saved: epoch ${best}`)));
    svg.append(...series.map((s) => line(place, metrics, s, colours[s.hue])), ...names(place, metrics, series, colours));
    return svg;
}

function showCurves(data) {
    const metrics = data.metrics, section = by("curves"), grid = make("div", {class: "curves"});
    if (!metrics.epoch) {
        section.append(make("p", {}, "No epoch was complete."));
        return;
    }
    const best = data.run.progress.best_epoch, columns = Object.keys(metrics);
    const rows = () => [columns, ...metrics.epoch.map((epoch, i) => columns.map((column) => metrics[column][i] ?? "nan"))];
    for (const [title, end] of [["Loss", "loss"], ["Accuracy", "accuracy"]]) {
        const series = [{column: "train_" + end, name: "training", hue: "orange", dashes: "6 4", square: true},
                        {column: "valid_" + end, name: "held-out", hue: "blue"}];
        grid.append(make("figure", {}, curve(title, metrics, series, best, SCREEN),
                         saves(end, () => curve(title, metrics, series, best, SAVED), rows)));
    }
    section.append(grid);
}
