import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node'
import { useFetcher, useLoaderData } from '@remix-run/react'
import { TitleBar, useAppBridge } from '@shopify/app-bridge-react'
import { BlockStack, Card, Page, Text, TextField } from '@shopify/polaris'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { now } from '../clock.server.ts'
import { MessagePreview } from '../components/MessagePreview.tsx'
import { PageProblem } from '../components/PageProblem.tsx'
import { UnsavedBar } from '../components/UnsavedBar.tsx'
import { useDraft } from '../components/useDraft.ts'
import { Said } from '../components/WordsField.tsx'
import { db } from '../db.server.ts'
import { startingWords } from '../messages/catalogue.ts'
import { contrast, READABLE, readColour } from '../messages/colours.ts'
import { type LanguageTag, wordsLocale } from '../messages/formats.ts'
import {
  brandFrom,
  problemsOfBrand,
  type Template,
  type TemplateKey,
} from '../messages/template.ts'
import { loadBrand, saveBrand } from '../messages/templates.server.ts'
import { staffOf } from '../staff.server.ts'

export const meta: MetaFunction = () => [{ title: 'Brand · Reprise' }]

export async function loader({ request }: LoaderFunctionArgs) {
  const { shop } = await staffOf(request)
  const { logoUrl, policy, postalAddress, ...brand } = await loadBrand(db, shop.shop)
  return {
    form: {
      ...brand,
      logoUrl: logoUrl ?? '',
      policy: policy ?? '',
      postalAddress: postalAddress ?? '',
    },
    tag: wordsLocale(shop.locale, shop.zone).tag,
    shop: {
      name: shop.senderName ?? shop.name,
      replyTo: shop.replyTo ?? shop.email,
      accountPage: shop.accountPage,
    },
  }
}

export async function action({ request }: ActionFunctionArgs) {
  const { shop, actor } = await staffOf(request)
  const brand = brandFrom(Object.fromEntries(await request.formData()))
  const problems = await saveBrand(db, shop.shop, actor, brand, now())
  return { problems: problems.filter(({ stops }) => stops) }
}

export default function BrandPage() {
  const { form, tag, shop } = useLoaderData<typeof loader>()
  const { values, dirty, set, reset } = useDraft(form)
  const [shopper, setShopper] = useState('mara')
  const saver = useFetcher<typeof action>()
  const shopify = useAppBridge()

  const brand = useMemo(() => brandFrom(values), [values])
  const problems = useMemo(() => problemsOfBrand(brand), [brand])
  const isBroken = problems.some(({ stops }) => stops)
  const errorOf = (field: string) => {
    const found = problems.filter(({ where, stops }) => where === field && stops)
    return found.length > 0 ? <Said findings={found} /> : false
  }

  useEffect(() => {
    if (saver.state !== 'idle' || !saver.data) return
    const [problem] = saver.data.problems
    if (problem) shopify.toast.show(problem.say, { isError: true })
    else shopify.toast.show('Brand saved')
  }, [saver.state, saver.data, shopify])

  const save = () => {
    if (!isBroken) return saver.submit(values, { method: 'post' })
    shopify.toast.show('Mend what is marked first', { isError: true })
    document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }

  const key = useMemo<TemplateKey>(
    () => ({ stage: 'first', lane: '*', channel: 'email', tag }),
    [tag],
  )
  const hasAddress = brand.postalAddress !== null
  const wordsIn = useCallback(
    (one: LanguageTag) => everythingOfBrand({ ...key, tag: one }, hasAddress),
    [key, hasAddress],
  )
  const edited = useMemo(() => ({ template: wordsIn(key.tag), key }), [wordsIn, key])

  const colour = (name: 'accent' | 'background' | 'ink', label: string, about: string) => {
    const advice = problems.filter(({ where, stops }) => where === name && !stops)
    const read = readColour(values[name])
    return (
      <BlockStack gap="100">
        <TextField
          label={label}
          autoComplete="off"
          value={values[name]}
          onChange={(value) => set(name, value)}
          error={errorOf(name)}
          helpText={`${about}${name === 'background' || read === null ? '' : ` Contrast on white: ${contrast(read, '#ffffff').toFixed(1)}; ${READABLE} is needed.`}`}
          connectedRight={
            <input
              className="colour-swatch"
              type="color"
              aria-label={`Choose: ${label}`}
              value={read ?? '#000000'}
              onChange={(event) => set(name, event.target.value)}
            />
          }
        />
        {advice.length > 0 ? (
          <div className="words-advice">
            <Said findings={advice} />
          </div>
        ) : null}
      </BlockStack>
    )
  }

  return (
    <Page
      fullWidth
      backAction={{ content: 'Messages', url: '/app/messages' }}
      title="Brand"
      subtitle="How every e-mail looks, and what stands under it."
    >
      <TitleBar title="Brand" />
      <UnsavedBar
        id="brand-save-bar"
        open={dirty}
        saving={saver.state !== 'idle'}
        onSave={save}
        onDiscard={reset}
      />
      <div className="editor-columns">
        <BlockStack gap="400">
          <Card>
            <BlockStack gap="400">
              <Text as="h2" variant="headingMd">
                Logo
              </Text>
              <TextField
                label="Address of the logo"
                type="url"
                autoComplete="off"
                value={values.logoUrl}
                onChange={(value) => set('logoUrl', value)}
                error={errorOf('logoUrl')}
                helpText="From Shopify › Content › Files: https://cdn.shopify.com/… Empty: the name of your shop in letters."
              />
              <TextField
                label="What the logo says"
                autoComplete="off"
                value={values.logoAlt}
                onChange={(value) => set('logoAlt', value)}
                error={errorOf('logoAlt')}
                helpText="For readers who do not see pictures."
              />
            </BlockStack>
          </Card>
          <Card>
            <BlockStack gap="400">
              <Text as="h2" variant="headingMd">
                Colours
              </Text>
              {colour('accent', 'Accent', 'The button and the links.')}
              {colour('background', 'Background', 'Around the white card.')}
              {colour('ink', 'Text', 'The letters on the card.')}
            </BlockStack>
          </Card>
          <Card>
            <BlockStack gap="400">
              <Text as="h2" variant="headingMd">
                Small print
              </Text>
              <TextField
                label="Policy"
                multiline={3}
                autoComplete="off"
                value={values.policy}
                onChange={(value) => set('policy', value)}
                error={errorOf('policy')}
                helpText="Shown where a message has a policy block, and to shoppers on their page. The https address of a page becomes a link there."
              />
              <TextField
                label="Postal address"
                multiline={3}
                autoComplete="off"
                value={values.postalAddress}
                onChange={(value) => set('postalAddress', value)}
                error={errorOf('postalAddress')}
                helpText="The law asks for it under mail that carries an offer."
              />
            </BlockStack>
          </Card>
        </BlockStack>
        <div className="editor-preview">
          <MessagePreview
            edited={edited}
            wordsIn={wordsIn}
            shop={shop}
            brand={brand}
            shopper={shopper}
            onShopper={setShopper}
          />
        </div>
      </div>
    </Page>
  )
}

/** Our first notice, with everything that a brand changes. A postal address stands under offers alone. */
function everythingOfBrand(key: TemplateKey, commercial: boolean): Template {
  const words = startingWords(key)
  return { ...words, blocks: [...words.blocks, { type: 'policy', text: '' }], commercial }
}

export const ErrorBoundary = PageProblem
