// Follows the link of the page when all its frames are loaded, or after four seconds: a client that hangs keeps nobody here. Without script the link is there.
const link = document.querySelector("a[data-go-on]");
const goOn = () => location.replace(link.href);
if (document.readyState === "complete") goOn();
else {
  addEventListener("load", goOn, { once: true });
  setTimeout(goOn, 4000);
}
