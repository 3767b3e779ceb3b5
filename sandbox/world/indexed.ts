/**
 * A map that also finds its items by things about them that never change: an attempt by its contract, an order by its
 * shop. With ten thousand contracts nothing can be looked for by going through all of them.
 */
export class Indexed<T, By extends string> extends Map<string, T> {
  private readonly indexes: [By, (item: T) => string][]
  private readonly places: Map<string, T[]>

  constructor(keys: Record<By, (item: T) => string>) {
    super()
    this.indexes = Object.entries(keys) as [By, (item: T) => string][]
    this.places = new Map()
  }

  override set(id: string, item: T): this {
    if (!this.has(id)) {
      for (const [by, keyOf] of this.indexes) {
        const place = `${by} ${keyOf(item)}`
        const there = this.places.get(place)
        if (there) there.push(item)
        else this.places.set(place, [item])
      }
    }
    return super.set(id, item)
  }

  /** Oldest first. */
  of(by: By, key: string): readonly T[] {
    return this.places.get(`${by} ${key}`) ?? []
  }
}
