import { describe, expect, test } from 'vitest'
import { termsIn } from './terms.ts'

describe('a shop’s payment terms', () => {
  test.each(['https://kaffeehaus.example/payment', ' https://kaffeehaus.example/payment#due\n'])(
    'are the address of a page: %j',
    (policy) => expect(termsIn(policy)).toEqual({ url: policy.trim() }),
  )

  test.each([
    'Orders can be changed until noon.\nThen they are packed.',
    'See https://kaffeehaus.example/payment',
    'https://kaffeehaus.example/payment and https://kaffeehaus.example/terms',
    'http://kaffeehaus.example/payment',
    'kaffeehaus.example/payment',
    '/policies/payment',
    'javascript:alert(1)',
    'https://',
    'https://terms',
    'https://kaffeehaus.example@evil.example/',
  ])('are words, and no link: %j', (policy) => expect(termsIn(policy)).toEqual({ text: policy }))

  test.each([null, '', ' \n '])('are none: %j', (policy) => expect(termsIn(policy)).toBeNull())
})
