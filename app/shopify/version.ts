/**
 * The Admin API version of every request, of shopify.app.toml and of the schema that the documents are tested
 * against. A new version can change how old failures look: read its changes to the error codes first.
 */
export const API_VERSION = '2026-10'
