/**
 * Makes an element. `on…` attributes that hold a function become listeners; true sets an empty
 * attribute; false, null and undefined set none. Children may be nodes, text, or null for nothing.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue
    if (typeof value === 'function') element[key] = value
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined))
  return element
}
