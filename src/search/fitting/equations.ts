/** Solves linear equations by Gauss's elimination; each row ends with its right side. */
export function solved(rows: readonly Float64Array[]): Float64Array {
  const size = rows.length
  const left = [...rows]
  for (let i = 0; i < size; i++) {
    let pivot = i
    for (let r = i + 1; r < size; r++) {
      if (Math.abs(left[r]?.[i] ?? 0) > Math.abs(left[pivot]?.[i] ?? 0)) pivot = r
    }
    const chosen = left[pivot] as Float64Array
    left[pivot] = left[i] as Float64Array
    left[i] = chosen
    for (let r = 0; r < size; r++) {
      const equation = left[r] as Float64Array
      if (r === i) continue
      const factor = (equation[i] ?? 0) / (chosen[i] || 1)
      for (let c = i; c <= size; c++) equation[c] = (equation[c] ?? 0) - factor * (chosen[c] ?? 0)
    }
  }
  return Float64Array.from(left, (equation, i) => (equation[size] ?? 0) / (equation[i] || 1))
}
