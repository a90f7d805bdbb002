/* curves.js - loss and accuracy over the epochs. Training and held-out lines differ in hue, dashes and marks. */
"use strict";

const CURVE = {width: 460, height: 280, left: 52, right: 92, top: 34, bottom: 40};

/* Some four round numbers from low to high. */
function ticks(low, high) {
    const raw = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) || raw, result = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
        result.push(i * step);
    return result;
}

function curve(title, metrics, series, best, colours) {
    const {width, height, left, right, top, bottom} = CURVE, epochs = metrics.epoch;
    const all = series.flatMap((s) => metrics[s.column]).filter(Number.isFinite);
    const span = [Math.min(...all), Math.max(...all)], pad = (span[1] - span[0]) * 0.06 || 0.05;
    const low = span[0] - pad, high = span[1] + pad, first = epochs[0], last = epochs[epochs.length - 1];
    const x = (epoch) => left + (width - left - right) * (last > first ? (epoch - first) / (last - first) : 0.5);
    const y = (value) => height - bottom - (height - top - bottom) * (value - low) / (high - low);
    const text = (attributes, content) => draw("text", attributes, content);
    const svg = draw("svg", {xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title,
                             "font-family": FIGURE.family, "font-size": 12},
                     draw("rect", {width: "100%", height: "100%", style: `fill: ${colours.paper}`}),
                     text({x: left, y: 20, "font-size": 15, "font-weight": "bold", style: `fill: ${colours.ink}`}, title));
    for (const value of ticks(low, high))
        svg.append(draw("line", {x1: left, x2: width - right, y1: y(value), y2: y(value), style: `stroke: ${colours.line}`}),
                   text({x: left - 6, y: y(value) + 4, "text-anchor": "end", style: `fill: ${colours.faint}`},
                        Number(value.toPrecision(3))));
    for (const epoch of ticks(first, last).filter(Number.isInteger))
        svg.append(text({x: x(epoch), y: height - bottom + 18, "text-anchor": "middle", style: `fill: ${colours.faint}`}, epoch));
    svg.append(text({x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", style: `fill: ${colours.faint}`}, "epoch"));
    if (best)
        svg.append(draw("line", {x1: x(best), x2: x(best), y1: top, y2: height - bottom, "stroke-dasharray": "1 4",
                                 "stroke-width": 1.5, style: `stroke: ${colours.ink}`}, draw("title", {}, `saved: epoch ${best}`)));
    const ends = series.map((s) => y(metrics[s.column][epochs.length - 1]));
    const apart = Math.abs(ends[0] - ends[1]) < 14 ? (ends[0] <= ends[1] ? [-7, 7] : [7, -7]) : [0, 0];
    series.forEach((s, k) => {
        const values = metrics[s.column], points = values.map((value, i) => `${x(epochs[i]).toFixed(1)},${y(value).toFixed(1)}`);
        const colour = colours[s.hue], group = draw("g", {style: `stroke: ${colour}; fill: ${colour}`});
        group.append(draw("polyline", {points: points.join(" "), "stroke-width": 2, "stroke-dasharray": s.dashes,
                                       style: "fill: none"}));
        for (let i = 0; i < values.length && values.length <= 60; i++) {
            const tip = draw("title", {}, `${s.name}, epoch ${epochs[i]}: ${values[i].toFixed(4)}`);
            group.append(s.square ? draw("rect", {x: x(epochs[i]) - 3, y: y(values[i]) - 3, width: 6, height: 6}, tip)
                                  : draw("circle", {cx: x(epochs[i]), cy: y(values[i]), r: 3.5}, tip));
        }
        svg.append(group, text({x: width - right + 8, y: ends[k] + 4 + apart[k], style: `fill: ${colours.ink}`}, s.name));
    });
    return svg;
}

function showCurves(data) {
    const metrics = data.metrics, section = by("curves"), grid = make("div", {class: "curves"});
    if (!metrics.epoch) {
        section.append(make("p", {}, "No epoch was complete."));
        return;
    }
    const best = data.run.progress.best_epoch, columns = Object.keys(metrics);
    const rows = () => [columns, ...metrics.epoch.map((epoch, i) => columns.map((column) => metrics[column][i]))];
    for (const [title, end] of [["Loss", "loss"], ["Accuracy", "accuracy"]]) {
        const series = [{column: "train_" + end, name: "training", hue: "orange", dashes: "6 4", square: true},
                        {column: "valid_" + end, name: "held-out", hue: "blue"}];
        grid.append(make("figure", {}, curve(title, metrics, series, best, SCREEN),
                         saves(end, () => curve(title, metrics, series, best, SAVED), rows)));
    }
    section.append(grid);
}
