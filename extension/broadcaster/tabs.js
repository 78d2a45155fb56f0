/** Tabs as the ARIA Authoring Practices describe them: arrows move, and what is chosen is shown. */

import { element } from "../shared/page.js";

/**
 * @typedef {object} Tab
 * @property {string} name
 * @property {string} label
 * @property {HTMLElement} panel
 */

/**
 * @param {string} label of the list
 * @param {Tab[]} tabs
 * @param {string} first name of the tab that is shown
 * @returns {HTMLElement} the list; the panels are shown and hidden where they are
 */
export function tabList(label, tabs, first) {
  const buttons = tabs.map(({ name, label: text, panel }) => {
    panel.id = name;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    panel.tabIndex = 0;
    const attributes = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name };
    const button = element("button", attributes, text);
    button.addEventListener("click", () => choose(name));
    return button;
  });

  /** @param {string} name */
  function choose(name) {
    tabs.forEach((tab, index) => {
      const isChosen = tab.name === name;
      tab.panel.hidden = !isChosen;
      buttons[index]?.setAttribute("aria-selected", String(isChosen));
      buttons[index]?.setAttribute("tabindex", isChosen ? "0" : "-1");
    });
  }

  const list = element("div", { role: "tablist", "aria-label": label }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.findIndex((button) => button === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    const next = to === undefined ? undefined : buttons[(to + buttons.length) % buttons.length];
    if (!next) return;
    event.preventDefault();
    next.click();
    next.focus();
  });
  choose(first);
  return list;
}
