// What is typed beside a radio button chooses it: <input data-picks="#the-radio">.
document.addEventListener(
  "input",
  (event) => {
    const radio = event.target.dataset?.picks && document.querySelector(event.target.dataset.picks);
    if (radio) radio.checked = true;
  },
  true,
);
