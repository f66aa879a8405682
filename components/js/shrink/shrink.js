// Cuts a text to a width: a typed main in JavaScript that is called neither `main` nor `run`.
export function shrink(text, width) {
  if (width === 0) throw 'nothing fits a width of 0';
  return [...text].slice(0, width).join('');
}
