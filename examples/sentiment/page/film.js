/* film.js - attention over a review after every epoch: a slider, and a button that plays it. */
"use strict";

const FRAME = 600; // milliseconds an epoch

class Film {
    constructor(film, section) {
        this.film = film;
        this.choice = make("select", {"aria-label": "review", change: () => this.choose()},
                           ...film.reviews.map((review, i) => make("option", {value: i}, `${review.name}, ${labelName(review.label)}`)));
        this.slider = make("input", {type: "range", min: 0, max: film.epochs.length - 1, value: film.epochs.length - 1,
                                     "aria-label": "epoch", input: () => { this.stop(); this.show(); }});
        this.player = make("button", {type: "button", click: () => this.timer ? this.stop() : this.play()}, "\u25b6 Play");
        this.state = make("p", {"aria-live": "polite"});
        this.card = make("div", {class: "card"});
        section.append(make("p", {class: "note"}, "Where attention lies after every epoch, from the first values (epoch 0) on. All epochs " +
                                                  "of a review share one scale: pale all over is attention that is spread evenly."),
                       make("div", {class: "controls"}, this.choice, this.player, this.slider), this.card,
                       saves("attention", () => textFigure(this.text, this.state.textContent), () => this.rows()));
        this.choose();
    }

    get review() {
        return this.film.reviews[this.choice.value];
    }

    choose() {
        shading.texts = shading.texts.filter((text) => text !== this.text);
        this.text = new ShadedText(this.review);
        this.largest = Math.max(...this.review.weights.map((weights) => Math.max(0, ...weights)));
        this.card.replaceChildren(this.state, this.text.node, ...rest(this.review));
        this.show();
    }

    show() {
        const at = Number(this.slider.value), review = this.review, label = review.decision[at];
        this.slider.setAttribute("aria-valuetext", `epoch ${this.film.epochs[at]}`);
        this.text.paint(review.weights[at], label, false, this.largest);
        this.state.replaceChildren(`epoch ${this.film.epochs[at]}: `, decision(label, review.probability[at] ?? NaN),
                                   ` labelled ${labelName(review.label)}`, ...padding(review.padding && review.padding[at]));
    }

    play() {
        if (Number(this.slider.value) === this.film.epochs.length - 1)
            this.slider.value = 0;
        this.show();
        this.player.textContent = "\u275a\u275a Pause";
        this.timer = setInterval(() => {
            this.slider.value = Number(this.slider.value) + 1;
            this.show();
            if (Number(this.slider.value) === this.film.epochs.length - 1)
                this.stop();
        }, FRAME);
    }

    stop() {
        clearInterval(this.timer);
        this.timer = null;
        this.player.textContent = "\u25b6 Play";
    }

    rows() {
        const rows = [["review", "epoch", "word", "token", "weight"]];
        this.review.weights.forEach((weights, at) => weights.forEach((weight, i) =>
            rows.push([this.review.name, this.film.epochs[at], i + 1, this.text.words[i].textContent, weight])));
        return rows;
    }
}

function showFilm(data) {
    const section = by("film"), film = data.film;
    if (film.reviews.some((review) => review.weights.some((weights) => weights.length)))
        new Film(film, section);
    else
        section.hidden = true;
}
