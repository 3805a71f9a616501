// Contrast of text against the colour it stands on, by WCAG 2.1's formula: of the small texts of a page, or of every text in an element.
(root) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
  const ground = (element) => {
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour[3] === 255 ? colour : ground(element.parentElement);
  };
  const opacity = (element) => (element === null ? 1 : Number(getComputedStyle(element).opacity) * opacity(element.parentElement));
  const seen = (element) => {
    const [colour, below, share] = [rgba(getComputedStyle(element).color), ground(element), opacity(element)];
    return colour.map((value, place) => share * value + (1 - share) * below[place]);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const texts = root
    ? [...root.querySelectorAll(":not(style)")].filter(hasText)
    : [...document.querySelectorAll(".badge, .aside, .grounds, dt, figcaption, .kind, td, th, button")];
  return texts.map((element) => {
    const [one, other] = [seen(element), ground(element)].map(luminance);
    return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), element.className || element.tagName];
  });
}
