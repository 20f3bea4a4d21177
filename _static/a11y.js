// The theme's aria-labels hide visible text from speech control: let the visible text be the name.
document.addEventListener("DOMContentLoaded", () => {
  for (const el of document.querySelectorAll("summary[aria-label], button.search-button-field[aria-label]")) el.removeAttribute("aria-label");
  for (const el of document.querySelectorAll("summary:has(> .toctree-toggle)")) el.setAttribute("aria-label", "Pages of this chapter");
  for (const el of document.querySelectorAll(".theme-switch")) el.setAttribute("aria-hidden", "true");
  // The empty corner of a table heads nothing.
  for (const th of document.querySelectorAll("th")) {
    if (!th.textContent.trim() && !th.querySelector("img, svg, input")) {
      const td = document.createElement("td");
      td.className = th.className;
      th.replaceWith(td);
    }
  }
  const logo = document.querySelector(".sidebar-primary-item > .navbar-brand");
  if (logo) { logo.parentElement.setAttribute("role", "navigation"); logo.parentElement.setAttribute("aria-label", "Home"); }
});
