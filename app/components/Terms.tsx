/** Terms and what they are, as a definition list that keeps its columns on a phone. */
export function Terms({ items }: { items: { term: string; text: string }[] }) {
  return (
    <dl className="term-list">
      {items.map(({ term, text }) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
