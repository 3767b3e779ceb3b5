import type {
  ActionFunctionArgs,
  LinksFunction,
  LoaderFunctionArgs,
  MetaFunction,
} from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { now } from '../clock.server.ts'
import { PageProblem } from '../components/PageProblem.tsx'
import {
  type EditorAnswer,
  type EditorPage,
  SequenceEditor,
} from '../components/SequenceEditor.tsx'
import editorStyles from '../components/sequence-editor.css?url'
import { db } from '../db.server.ts'
import { discardDraft, loadForEditing, publishDraft, saveDraft } from '../dunning/drafts.server.ts'
import { renameSequence, turnSequence } from '../dunning/sequences.server.ts'
import { formatMoment } from '../insight/format.ts'
import { recentShoppers, usedStepKeys } from '../insight/sequence-editor.server.ts'
import { draftSavedAnswer, publishedAnswer, versionWords } from '../insight/sequence-page.ts'
import { actorWord } from '../insight/words.ts'
import { staffOf } from '../staff.server.ts'

const NOT_HERE = 'This shop has no such sequence.'

export const meta: MetaFunction = () => [{ title: 'Sequence · Reprise' }]

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: editorStyles }]

export async function loader({ request, params }: LoaderFunctionArgs): Promise<EditorPage> {
  const { shop } = await staffOf(request)
  const at = now()
  const editing = await loadForEditing(shop.shop, idFrom(params.id), at)
  if (!editing) throw new Response(NOT_HERE, { status: 404 })
  const [usedKeys, shoppers] = await Promise.all([
    usedStepKeys(db, editing.id),
    recentShoppers(db, shop.shop, shop, at),
  ])
  const { draft, id, name, isOn, version, note, published, inFlight, context } = editing
  return {
    id,
    name,
    isOn,
    version,
    versionWords: versionWords(editing, shop, at),
    note,
    published,
    draft: draft && {
      sequence: draft.sequence,
      words: `saved ${formatMoment(draft.savedAt, shop, at)} by ${actorWord(draft.savedBy)}`,
      seen: draft.savedAt.toISOString(),
    },
    inFlight,
    context,
    usedKeys,
    shoppers,
    place: { zone: shop.zone, locale: shop.locale, currency: shop.currency },
    nowIso: at.toISOString(),
  }
}

export async function action({ request, params }: ActionFunctionArgs): Promise<EditorAnswer> {
  const { shop, actor } = await staffOf(request)
  const form = await request.formData()
  const said = (name: string) => String(form.get(name) ?? '')
  const which = { shop: shop.shop, sequenceId: idFrom(params.id), actor }
  const at = now()
  switch (said('intent')) {
    case 'save_draft':
      return draftSavedAnswer(found(await save(said('seen'))))
    case 'discard_draft':
      found(await discardDraft(which, at))
      return { type: 'discarded', text: 'Draft discarded' }
    case 'publish': {
      const saved = said('plan') === '' ? null : found(await save(said('seen')))
      if (saved && saved.type !== 'saved') return draftSavedAnswer(saved)
      const choice = said('inFlight')
      const published = await publishDraft(
        {
          ...which,
          note: said('note').trim() || null,
          inFlight: choice === 'move' || choice === 'end' ? choice : 'leave',
          seen: saved ? saved.savedAt.toISOString() : said('seen'),
        },
        at,
      )
      return publishedAnswer(found(published))
    }
    case 'rename':
      found(await renameSequence(db, { ...which, name: said('name') }, at))
      return { type: 'renamed', text: 'Sequence renamed' }
    case 'turn': {
      const isOn = said('isOn') === 'true'
      found(await turnSequence(db, { ...which, isOn }, at))
      return { type: 'renamed', text: isOn ? 'Sequence turned on' : 'Sequence turned off' }
    }
    default:
      throw new Response('The page asked for something that it cannot do. Reload it.', {
        status: 400,
      })
  }

  function save(seen: string) {
    const version = Number(said('version'))
    return saveDraft(
      {
        ...which,
        json: jsonFrom(said('plan')),
        seen,
        ...(Number.isInteger(version) && version > 0 ? { version } : {}),
      },
      at,
    )
  }
}

function idFrom(param: string | undefined): string {
  if (param && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(param)) return param
  throw new Response(NOT_HERE, { status: 404 })
}

function found<T>(result: T | null): T {
  if (result === null) throw new Response(NOT_HERE, { status: 404 })
  return result
}

/** What is no JSON is no plan; that it is none is said where plans are read. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export default function SequencePage() {
  const page = useLoaderData<typeof loader>()
  // Another sequence is another editor, with a past of its own.
  return <SequenceEditor key={page.id} page={page} />
}

export const ErrorBoundary = PageProblem
