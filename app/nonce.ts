import { createContext } from 'react'

/** Allows the scripts of one answer (page-policy.ts). Known on the server only: browsers hide it from scripts. */
export const Nonce = createContext<string | undefined>(undefined)
