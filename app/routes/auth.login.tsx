/** Shopify's library sends here whoever comes without a shop. There is no shop-domain field: only Shopify installs. */
export function loader() {
  throw new Response(null, { status: 401 })
}

export default function Login() {
  return null
}
