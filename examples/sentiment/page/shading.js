/* shading.js - a text whose words are shaded by numbers, on a scale that the whole page shares. */
"use strict";

const DECADES = 3; // of the logarithmic scale: what is below a thousandth of the largest is not shaded

const shading = {
    log: false,
    texts: [],
    /* From 0, not at all, to 1. */
    strength(value, largest) {
        const part = largest > 0 ? Math.abs(value) / largest : 0;
        return this.log ? Math.max(0, 1 + Math.log10(part || 1e-9) / DECADES) : part;
    },
    use(log) {
        this.log = log;
        for (const text of this.texts)
            text.repaint();
    },
};

function ranks(values) {
    const order = values.map((value, i) => i).sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b);
    const result = [];
    order.forEach((token, i) => { result[token] = i + 1; });
    return result;
}

/* The text of a review; its pieces are what stands before a word, the word, ..., and what stands behind the last one. HTML's line
 * breaks, which are no words, are drawn as breaks. */
class ShadedText {
    constructor(review) {
        review.pieces = review.pieces.map((piece, i) => i % 2 ? piece : piece.replace(/<br ?\/?>/gi, "\n"));
        this.review = review;
        this.words = [];
        this.node = make("div", {class: "text", dir: "auto", role: "group", "aria-label": "shaded text"});
        review.pieces.forEach((piece, i) => {
            if (i % 2 === 0) {
                this.node.append(piece);
            } else {
                const word = make("span", {class: "word", tabindex: this.words.length ? "-1" : "0"}, piece);
                this.words.push(word);
                this.node.append(word);
            }
        });
        for (const event of ["pointerover", "focusin"])
            this.node.addEventListener(event, (e) => this.turnTip(e.target));
        this.node.addEventListener("keydown", (e) => this.walk(e));
        shading.texts.push(this);
    }

    /* A tip at the right edge opens to the left. */
    turnTip(word) {
        if (word.classList.contains("word"))
            word.classList.toggle("late", word.getBoundingClientRect().left > document.documentElement.clientWidth / 2);
    }

    /* One stop of the Tab key a text; the arrow keys go from word to word. */
    walk(event) {
        const step = {ArrowRight: 1, ArrowLeft: -1}[event.key], at = this.words.indexOf(event.target);
        const next = this.words[at + step];
        if (!next)
            return;
        event.preventDefault();
        event.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
    }

    /* values: a number a word; label: the class decided on, for which numbers above 0 speak; largest: what is shaded in full. */
    paint(values, label, signed, largest) {
        Object.assign(this, {values, label, signed});
        this.largest = largest || values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        this.repaint();
    }

    /* How strongly word i is shaded, and whether in the hue of negative. */
    shade(i) {
        const value = this.values[i];
        return {strength: shading.strength(value, this.largest), negative: (value < 0) === (hue(this.label) === "positive")};
    }

    repaint() {
        const rank = ranks(this.values);
        this.node.classList.toggle("signed", this.signed);
        this.words.forEach((word, i) => {
            if (this.values[i] === undefined)
                return;
            const {strength, negative} = this.shade(i);
            word.classList.toggle("negative", negative);
            word.style.setProperty("--shade", strength.toFixed(3));
            word.dataset.tip = `${word.textContent} \u00b7 ${number(this.values[i], this.signed)} \u00b7 rank ${rank[i]}`;
        });
    }
}
