// As much of a document as the page's screens need to be drawn without a browser.

class Element {
  constructor(name) {
    Object.assign(this, { name, dataset: {}, style: {}, children: [], parent: null, hidden: false });
    this.classList = { add() {} };
  }

  append(...added) {
    for (const one of added) this.insertBefore(one, null);
  }

  insertBefore(one, before) {
    const place = before === null ? this.children.length : this.children.indexOf(before);
    this.children.splice(place, 0, one);
    if (one instanceof Element) one.parent = this;
  }

  replaceChildren(...others) {
    this.children = [];
    this.append(...others);
  }

  replaceWith(other) {
    this.parent.insertBefore(other, this);
    this.remove();
  }

  remove() {
    this.parent.children.splice(this.parent.children.indexOf(this), 1);
  }

  setAttribute() {}

  addEventListener() {}

  get textContent() {
    return this.children.map((one) => one.textContent ?? String(one)).join("");
  }

  set textContent(text) {
    this.children = [text];
  }

  /** Those of a kind below it. */
  all(name) {
    return this.children.flatMap((one) => (one instanceof Element ? [...(one.name === name ? [one] : []), ...one.all(name)] : []));
  }
}

globalThis.document = { createElement: (name) => new Element(name) };
