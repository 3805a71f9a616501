"use strict";
// Filters, the theme, going from difference to difference, and sliders. The report is complete without any of it.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const status = document.querySelector(".status");
  const cells = all(".cell");
  const differing = cells.filter((cell) => !cell.classList.contains("is-good"));

  const filter = (name) => {
    document.body.dataset.filter = name;
    for (const button of all("[data-filter]", document.querySelector(".bar"))) {
      button.setAttribute("aria-pressed", String(button.dataset.filter === name));
    }
    const shown = name === "all" ? cells.length : differing.length;
    document.querySelector(".nothing-left").hidden = shown > 0 || cells.length === 0;
    status.textContent = `${shown} of ${cells.length} cells shown`;
  };
  for (const button of all(".bar [data-filter]")) {
    button.addEventListener("click", () => filter(button.dataset.filter));
  }

  let position = -1;
  const go = (by) => {
    if (!differing.length) {
      status.textContent = "Nothing to go to";
      return;
    }
    position = position < 0 && by < 0 ? differing.length - 1 : (position + by + differing.length) % differing.length;
    differing[position].scrollIntoView({ block: "start" });
    differing[position].focus({ preventScroll: true });
    status.textContent = `${position + 1} of ${differing.length}: ${differing[position].getAttribute("aria-label")}`;
  };
  for (const button of all("[data-go]")) {
    button.addEventListener("click", () => go(Number(button.dataset.go)));
  }

  const themes = ["automatic", "light", "dark"];
  const themeButton = document.querySelector("[data-theme-button]");
  themeButton.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "automatic") + 1) % themes.length];
    if (next === "automatic") {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = next;
    }
    themeButton.textContent = `Theme: ${next}`;
  });

  // The slider lays copies of the two pictures over each other: their data stands in the file once.
  const open = (slide, slider) => {
    const stack = slider.querySelector(".stack");
    if (stack.children.length) {
      return;
    }
    const [expected, observed] = all("img", slide.previousElementSibling);
    const under = stack.appendChild(observed.cloneNode());
    const over = stack.appendChild(expected.cloneNode());
    under.className = "under";
    over.className = "over";
    slider.querySelector("input").addEventListener("input", (event) => stack.style.setProperty("--split", `${event.target.value}%`));
  };
  for (const button of all("[data-slide]")) {
    button.addEventListener("click", () => {
      const slider = button.nextElementSibling;
      open(button.parentElement, slider);
      slider.hidden = !slider.hidden;
      button.setAttribute("aria-expanded", String(!slider.hidden));
    });
  }
})();
