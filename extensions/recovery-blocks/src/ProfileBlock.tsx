/// <reference types="@shopify/ui-extensions/customer-account.profile.block.render" />
import '@shopify/ui-extensions/preact'
import { render } from 'preact'
import type { Case } from '../../shared/src/api.ts'
import { needsShopper } from '../../shared/src/needs-shopper.ts'
import { isOn, Notice, useCases } from './Notice.tsx'

export default async () => {
  render(isOn('in_profile') ? <ProfileBlock /> : null, document.body)
}

/** The permanent home: a paused subscription can be resumed from here, too. */
function ProfileBlock() {
  return <Notice cases={useCases(belongsHere)} />
}

function belongsHere(each: Case): boolean {
  return needsShopper(each) || (each.status === 'paused' && each.actions.resume.allowed)
}
