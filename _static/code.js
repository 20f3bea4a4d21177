// What is wider than its box fades at its edge; a button wraps it. (On a desktop, code is always wrapped.)
document.addEventListener("DOMContentLoaded", () => {
  const look = (box) => {
    const pre = box.querySelector("pre");
    const wide = box.classList.contains("wrapped") || pre.scrollWidth > pre.clientWidth + 1;
    box.classList.toggle("wide", wide);
    let button = box.querySelector("button.wrap-lines");
    if (wide && !button) {
      button = document.createElement("button");
      button.type = "button";
      button.className = "wrap-lines";
      button.textContent = "Wrap lines";
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => {
        const on = box.classList.toggle("wrapped");
        button.setAttribute("aria-pressed", String(on));
      });
      box.append(button);
    } else if (!wide && button) button.remove();
  };
  const seen = new ResizeObserver((entries) => { for (const entry of entries) look(entry.target); });
  for (const box of document.querySelectorAll("main div.highlight:has(> pre)")) seen.observe(box);
  // The Tab key goes from link to link and from fold to fold; copy buttons and anchors are for the mouse.
  const quiet = () => document.querySelectorAll("button.copybtn, a.headerlink").forEach((e) => { e.tabIndex = -1; });
  quiet();
  setTimeout(quiet, 500);
  // What is wider than the page scrolls, so the keyboard must reach it: equations, and tables,
  // which the theme measures as the page loads and not when a fold opens.
  const reach = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest(".pst-scrollable-table-container, mjx-container");
      if (box.scrollWidth > box.clientWidth + (box.matches("mjx-container") ? 6 : 0)) box.tabIndex = 0;
      else if (box.tabIndex >= 0) box.removeAttribute("tabindex");
    }
  });
  const follow = (selector) => document.querySelectorAll(selector).forEach((e) => reach.observe(e));
  follow(".pst-scrollable-table-container, .pst-scrollable-table-container > table");
  window.addEventListener("load", () =>
    window.MathJax?.startup?.promise?.then(() => follow("mjx-container[display='true']")));
});
