import {
  ActionList,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  Checkbox,
  Icon,
  InlineStack,
  Popover,
  Text,
  TextField,
} from '@shopify/polaris'
import {
  ArrowDownIcon,
  ArrowUpIcon,
  DeleteIcon,
  DragHandleIcon,
  RedoIcon,
  UndoIcon,
} from '@shopify/polaris-icons'
import { type Dispatch, useEffect, useRef, useState } from 'react'
import {
  blocksFor,
  type DraftBlock,
  type Edit,
  type Editing,
  newBlock,
  type Warning,
} from '../messages/editing.ts'
import { type Block, type Channel, MAX_BLOCKS, type Problem } from '../messages/template.ts'
import { Said, WordsField } from './WordsField.tsx'

/** The controls of a template. What they do is in messages/editing.ts. */
export function TemplateEditor({
  state,
  dispatch,
  channel,
  dir,
  problems,
  warnings,
}: {
  state: Editing
  dispatch: Dispatch<Edit>
  channel: Channel
  /** Which way the words run. */
  dir: 'ltr' | 'rtl'
  problems: Problem[]
  warnings: Warning[]
}) {
  const { draft, past, future } = state
  const about = (place: string) => ({
    problems: problems.filter(({ where }) => where === place),
    warnings: warnings.filter(({ where }) => where === place),
  })
  return (
    <div className={dir === 'rtl' ? 'words-rtl' : ''}>
      <BlockStack gap="400">
        {channel === 'sms' ? null : (
          <Card>
            <BlockStack gap="400">
              <WordsField
                label={channel === 'email' ? 'Subject' : 'Title'}
                value={draft.subject}
                onChange={(text) => dispatch({ type: 'subject', text })}
                {...about('subject')}
              />
              {channel === 'email' ? (
                <WordsField
                  label="Preview text"
                  value={draft.preview}
                  onChange={(text) => dispatch({ type: 'preview', text })}
                  help="Mail programs show it beside the subject. Empty: the first sentence."
                  {...about('preview')}
                />
              ) : null}
            </BlockStack>
          </Card>
        )}
        <Card>
          <BlockStack gap="300">
            <InlineStack align="space-between" blockAlign="center">
              <Text as="h2" variant="headingMd">
                {channel === 'email' ? 'Blocks' : 'Words'}
              </Text>
              <ButtonGroup>
                <Button
                  icon={UndoIcon}
                  variant="tertiary"
                  accessibilityLabel="Undo"
                  disabled={past.length === 0}
                  onClick={() => dispatch({ type: 'undo' })}
                />
                <Button
                  icon={RedoIcon}
                  variant="tertiary"
                  accessibilityLabel="Redo"
                  disabled={future.length === 0}
                  onClick={() => dispatch({ type: 'redo' })}
                />
              </ButtonGroup>
            </InlineStack>
            <BlockRows blocks={draft.blocks} channel={channel} dispatch={dispatch} about={about} />
            <AddBlock
              channel={channel}
              full={draft.blocks.length >= MAX_BLOCKS}
              dispatch={dispatch}
            />
          </BlockStack>
        </Card>
        {channel === 'email' ? (
          <Card>
            <Checkbox
              label="This e-mail carries an offer"
              helpText="Then it goes only to those who agreed to marketing, with a link to unsubscribe and your postal address. A payment notice must not carry one."
              checked={draft.commercial}
              onChange={(isOn) => dispatch({ type: 'commercial', isOn })}
            />
          </Card>
        ) : null}
      </BlockStack>
    </div>
  )
}

type About = (place: string) => { problems: Problem[]; warnings: Warning[] }

function BlockRows({
  blocks,
  channel,
  dispatch,
  about,
}: {
  blocks: DraftBlock[]
  channel: Channel
  dispatch: Dispatch<Edit>
  about: About
}) {
  const [dragged, setDragged] = useState<number | null>(null)
  const [over, setOver] = useState<number | null>(null)
  const [said, setSaid] = useState('')
  // Moving an element takes the focus away from it, so it is given back.
  const focusNext = useRef<string | null>(null)
  useEffect(() => {
    if (focusNext.current) document.getElementById(focusNext.current)?.focus()
    focusNext.current = null
  })

  const drop = () => {
    if (dragged !== null && over !== null) dispatch({ type: 'move', id: dragged, to: over })
    setDragged(null)
    setOver(null)
  }
  return (
    <>
      <ol className="block-list">
        {blocks.map(({ id, block }, i) => {
          const name = BLOCK_WORDS[block.type].title
          const place = `${name}, ${i + 1} of ${blocks.length}`
          const move = (by: 1 | -1) => {
            dispatch({ type: 'move', id, to: i + by })
            setSaid(`${name} is now ${i + by + 1} of ${blocks.length}.`)
            const isAtEnd = by < 0 ? i + by === 0 : i + by === blocks.length - 1
            const way = isAtEnd ? -by : by
            focusNext.current = `block-${id}-${way < 0 ? 'up' : 'down'}`
          }
          return (
            <li
              key={id}
              className={`block-row${over === i && dragged !== id ? ' block-row-over' : ''}${dragged === id ? ' block-row-moved' : ''}`}
              onDragOver={(event) => {
                if (dragged === null) return
                event.preventDefault()
                setOver(i)
              }}
              onDrop={(event) => {
                event.preventDefault()
                drop()
              }}
            >
              <BlockStack gap="200">
                <InlineStack align="space-between" blockAlign="center" wrap={false}>
                  <InlineStack gap="100" blockAlign="center">
                    <span
                      className="block-handle"
                      aria-hidden
                      draggable
                      onDragStart={(event) => {
                        event.dataTransfer.effectAllowed = 'move'
                        event.dataTransfer.setData('text/plain', name)
                        setDragged(id)
                      }}
                      onDragEnd={() => {
                        setDragged(null)
                        setOver(null)
                      }}
                    >
                      <Icon source={DragHandleIcon} tone="subdued" />
                    </span>
                    <Text as="h3" variant="headingSm">
                      {name}
                    </Text>
                  </InlineStack>
                  <ButtonGroup>
                    <Button
                      id={`block-${id}-up`}
                      icon={ArrowUpIcon}
                      variant="tertiary"
                      accessibilityLabel={`Move up: ${place}`}
                      disabled={i === 0}
                      onClick={() => move(-1)}
                    />
                    <Button
                      id={`block-${id}-down`}
                      icon={ArrowDownIcon}
                      variant="tertiary"
                      accessibilityLabel={`Move down: ${place}`}
                      disabled={i === blocks.length - 1}
                      onClick={() => move(1)}
                    />
                    <Button
                      icon={DeleteIcon}
                      variant="tertiary"
                      accessibilityLabel={`Delete: ${place}`}
                      onClick={() => {
                        dispatch({ type: 'delete', id })
                        setSaid(`${name} deleted. Undo brings it back.`)
                      }}
                    />
                  </ButtonGroup>
                </InlineStack>
                <BlockFields
                  block={block}
                  isPlain={channel === 'sms'}
                  onChange={(changed) => dispatch({ type: 'block', id, block: changed })}
                  {...about(`blocks.${i}`)}
                />
              </BlockStack>
            </li>
          )
        })}
      </ol>
      <div aria-live="polite">
        <Text as="p" visuallyHidden>
          {said}
        </Text>
      </div>
    </>
  )
}

function BlockFields({
  block,
  isPlain,
  onChange,
  problems,
  warnings,
}: {
  block: Block
  /** One run of words, without paragraphs. */
  isPlain: boolean
  onChange: (block: Block) => void
  problems: Problem[]
  warnings: Warning[]
}) {
  const words = { problems, warnings }
  switch (block.type) {
    case 'heading':
      return (
        <WordsField
          label="Heading"
          labelHidden
          value={block.text}
          onChange={(text) => onChange({ ...block, text })}
          {...words}
        />
      )
    case 'text':
      return (
        <WordsField
          label="Text"
          labelHidden
          value={block.text}
          onChange={(text) => onChange({ ...block, text })}
          lines={4}
          help={
            isPlain
              ? 'Begin with the name of your shop, and end with {{ link }}.'
              : 'An empty line begins a new paragraph; “- ” begins a list.'
          }
          {...words}
        />
      )
    case 'policy':
      return (
        <WordsField
          label="Policy"
          labelHidden
          value={block.text}
          onChange={(text) => onChange({ ...block, text })}
          lines={2}
          help="Empty: the policy of your brand."
          {...words}
        />
      )
    case 'button':
      return (
        <WordsField
          label="Button label"
          labelHidden
          value={block.label}
          onChange={(label) => onChange({ ...block, label })}
          help="It leads to the shopper’s own secure page."
          {...words}
        />
      )
    case 'order':
      return (
        <Checkbox
          label="With pictures of the products"
          checked={block.pictures}
          onChange={(pictures) => onChange({ ...block, pictures })}
        />
      )
    case 'picture':
      return (
        <BlockStack gap="200">
          <TextField
            label="Address of the picture"
            type="url"
            autoComplete="off"
            value={block.url}
            onChange={(url) => onChange({ ...block, url })}
            helpText="From Shopify › Content › Files: https://cdn.shopify.com/…"
            error={problems.length > 0 ? <Said findings={problems} /> : false}
          />
          <TextField
            label="What it shows"
            autoComplete="off"
            value={block.alt}
            onChange={(alt) => onChange({ ...block, alt })}
          />
        </BlockStack>
      )
    default:
      return (
        <Text as="p" tone="subdued">
          {BLOCK_WORDS[block.type].about}
        </Text>
      )
  }
}

function AddBlock({
  channel,
  full,
  dispatch,
}: {
  channel: Channel
  full: boolean
  dispatch: Dispatch<Edit>
}) {
  const [open, setOpen] = useState(false)
  const kinds = blocksFor(channel)
  return (
    <InlineStack>
      <Popover
        active={open}
        onClose={() => setOpen(false)}
        preferredAlignment="left"
        activator={
          <Button disclosure disabled={full} onClick={() => setOpen(!open)}>
            Add a block
          </Button>
        }
      >
        <ActionList
          actionRole="menuitem"
          items={kinds.map((type) => ({
            content: BLOCK_WORDS[type].title,
            helpText: BLOCK_WORDS[type].about,
            onAction: () => {
              dispatch({ type: 'add', block: newBlock(type) })
              setOpen(false)
            },
          }))}
        />
      </Popover>
    </InlineStack>
  )
}

const BLOCK_WORDS: Record<Block['type'], { title: string; about: string }> = {
  heading: { title: 'Heading', about: 'One line in large letters.' },
  text: { title: 'Text', about: 'Paragraphs and lists.' },
  button: { title: 'Button', about: 'Leads to the shopper’s own page.' },
  order: { title: 'Order', about: 'Product and amount, with further orders of the same customer.' },
  method: { title: 'Payment method', about: 'Its brand and last four digits.' },
  dates: { title: 'Dates', about: 'The next try and the last day, in the shopper’s time.' },
  policy: { title: 'Policy', about: 'Small print: how orders can be changed, for example.' },
  divider: { title: 'Divider', about: 'A thin line.' },
  picture: { title: 'Picture', about: 'One of your own, from Shopify’s files.' },
  feedback: { title: 'Feedback', about: 'One question, shown only when it is over.' },
}
