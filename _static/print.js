// Paper is white: print from the dark theme as from the light one.
(() => {
  const root = document.documentElement;
  let shown = null;
  window.addEventListener("beforeprint", () => { shown = root.dataset.theme; root.dataset.theme = "light"; });
  window.addEventListener("afterprint", () => { if (shown) root.dataset.theme = shown; });
})();
