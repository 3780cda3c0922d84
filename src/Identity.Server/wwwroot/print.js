// Buttons that print the page. Without script the browser's own menu does it, and the button is not shown.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
