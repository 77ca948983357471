// Elements, made and changed. Text is only ever set as text, and styles through the object model, as the policy asks.

/** An element: h("td", {class: "num", title: "…"}, "text", child). Functions listen; null children are left out. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Set text if it differs: nothing is laid out for what stays. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set or remove a data attribute if it differs. */
export function mark(element, name, value) {
  if (value === null || value === false) delete element.dataset[name];
  else if (element.dataset[name] !== String(value)) element.dataset[name] = value;
}

/** A titled panel; returns it and its body. */
export function panel(title, ...more) {
  const body = h("div", { class: "body" });
  const head = h("div", { class: "head" }, h("h2", {}, title), ...more);
  return [h("section", { class: "panel", "aria-label": title }, head, body), body];
}

/** A number that a click copies. */
export function num(text, more = {}) {
  return h("span", { ...more, class: `num ${more.class ?? ""}` }, text);
}

/** A row of a list of facts. */
export function fact(name, ...value) {
  return [h("dt", {}, name), h("dd", {}, ...value)];
}
