/* report.js - from the data in the page to its parts. */
"use strict";

function showLegend() {
    const [orange, blue] = twoSided ? labels : ["against", "for"];
    by("scale").querySelector(".scale-bar").prepend(orange);
    by("scale").querySelector(".scale-bar").append(blue);
    by("hues").textContent = twoSided ? `Blue speaks for ${blue}, orange for ${orange}`
                                      : "Blue speaks for the class that was decided on, orange against it";
}

function showSummary() {
    const {progress, parameters, words, held_out: heldOut, trained_on: trainedOn} = data.run, counts = (n) => n.toLocaleString("en");
    const best = progress.best_epoch ? `Held-out accuracy ${progress.best_accuracy.toFixed(4)} after epoch ${progress.best_epoch}, ` +
                                       "whose model is saved and is the one explained here. " : "No epoch was measured. ";
    const {also_count: also, unlabelled_count: unlabelled} = data.run.run;
    const more = (also ? `, with ${counts(also)} more labelled texts` : "") +
                 (unlabelled ? `, with ${counts(unlabelled)} texts without labels, by what a teacher said of them` : "");
    const split = heldOut ? `${counts(trainedOn)} reviews to train on${more}; ${counts(heldOut)} held out. ` : "";
    by("summary").textContent = best + split + `${counts(parameters)} parameters, ${counts(words)} words.`;
    by("missing").hidden = !data.run.missing;
    by("missing").textContent = data.run.missing || "";
}

function showSettings() {
    const list = make("dl"), {run, config} = data.run;
    for (const [name, value] of Object.entries({...config, ...run})) { // the run has words for some of the numbers
        const shown = value === true ? "yes" : value === false ? "no" : value ?? "none";
        list.append(make("div", {}, make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, String(shown))));
    }
    by("settings").append(list);
}

showSummary();
showLegend();
showCurves(data);
showFilm(data);
showGroups(data);
showCompare(data);
showWords(data);
showPeople(data);
showSettings();
by("scale").addEventListener("change", (event) => shading.use(event.target.value === "log"));
