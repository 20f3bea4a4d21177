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
  // An equation that is wider than the page scrolls, so the keyboard must reach it.
  const reach = () => document.querySelectorAll("mjx-container[display='true']").forEach((e) => {
    if (e.scrollWidth > e.clientWidth + 6) e.tabIndex = 0;
    else e.removeAttribute("tabindex");
  });
  window.addEventListener("load", () => window.MathJax?.startup?.promise?.then(reach));
  window.addEventListener("resize", reach);
});
