/** The French words of the signed page. */
import type { PageWords } from './words.ts'

export const fr: PageWords = {
  secureLink: 'Recevoir le lien sécurisé',
  secureLinkNote:
    'Shopify, qui gère le paiement de cette boutique, vous envoie par e-mail un lien pour mettre à jour votre moyen de paiement. Vos coordonnées y sont demandées, jamais ici.',
  paypalNote:
    'Shopify, qui gère le paiement de cette boutique, vous envoie par e-mail un lien pour autoriser le paiement dans PayPal.',
  shopPay: 'Mettre à jour dans Shop Pay',
  shopPayNote: 'Ce bouton vous mène à Shop Pay.',
  openAccount: 'Ouvrir votre compte',
  openAccountNote:
    'Une fois connecté chez {{ shop }}, vous saisissez votre nouveau moyen de paiement dans la fenêtre de Shopify.',
  useMethod: 'Utiliser un autre moyen de paiement enregistré',
  useMethodNote:
    'Le paiement est fait une fois avec celui-ci, tout de suite, et votre abonnement l’utilise désormais.',
  confirm: 'Confirmer auprès de votre banque',
  confirmNote:
    'Ce bouton vous mène à la confirmation de votre banque. Vous pouvez revenir ici ensuite.',
  start: 'Lancer la confirmation',
  startNote:
    'Le paiement est lancé une nouvelle fois, et votre banque peut alors vous demander de le confirmer.',
  otherWays: 'Autres possibilités',
  pay: 'Payer maintenant',
  payNote: 'Nous réessayons le paiement tout de suite, avec le même moyen de paiement.',
  day: 'Choisir un autre jour',
  dayNote: {
    one: 'Nous essayons le paiement le jour que vous choisissez. Vous pouvez encore le changer {{ count }} fois.',
    many: 'Nous essayons le paiement le jour que vous choisissez. Vous pouvez encore le changer {{ count }} fois.',
    other:
      'Nous essayons le paiement le jour que vous choisissez. Vous pouvez encore le changer {{ count }} fois.',
  },
  smaller: 'Prendre moins cette fois-ci',
  smallerNote:
    'Seule cette commande est réduite ; la suivante sera de nouveau complète. Rien n’est débité maintenant : le montant réduit le sera à la prochaine tentative.',
  smallerLine: '{{ title }}, {{ price }} l’unité',
  smallerNone: 'Aucun cette fois-ci',
  smallerPress: 'Réduire cette commande',
  smallerChosen: 'Vous avez choisi une commande réduite : {{ amount }} au lieu de {{ whole }}.',
  whole: 'Reprendre la commande complète',
  wholeNote:
    'Cette commande redevient complète, et le montant total sera débité à la prochaine tentative. Rien n’est débité maintenant.',
  skip: 'Sauter cette commande',
  skipNote:
    'Cette commande n’est ni envoyée ni débitée. Votre abonnement continue avec la suivante.',
  pause: 'Mettre l’abonnement en pause',
  pauseNote:
    'Rien n’est envoyé ni débité jusqu’à ce que vous le repreniez. Vous pouvez le faire ici.',
  resume: 'Reprendre l’abonnement',
  resumeNote: 'Votre abonnement continue, et la prochaine commande est débitée comme d’habitude.',
  resumeOpenNote:
    'Votre abonnement continue, et le paiement pour {{ product }} est de nouveau essayé.',
  resumeOwedNote:
    'Votre abonnement continue. Le paiement pour {{ product }} reste à faire, et cette page vous montre alors la suite.',
  stopSummary: 'Déjà résilié, ou ce n’est pas vous ?',
  stopNote:
    'Appuyez sur le bouton et nous arrêtons : plus rien n’est débité pour cette commande. Vous ne recevez plus de message au sujet de ce paiement ni d’aucun autre, et {{ shop }} en est informé. L’abonnement lui-même reste tel quel jusqu’à ce que la boutique l’ait examiné.',
  stopNoteBefore:
    'Appuyez sur le bouton et vous ne recevez plus de message au sujet de ce paiement ni d’aucun autre. {{ shop }} en est informé. L’abonnement lui-même reste tel quel jusqu’à ce que la boutique l’ait examiné.',
  stop: 'Arrêter',

  recovered: 'Merci, tout est en ordre',
  recoveredPaid: 'Le paiement est passé, et {{ order }} est en route.',
  recoveredTotal: 'Le paiement de {{ total }} est passé, et {{ order }} est en route.',
  goodNews: 'Bonne nouvelle',
  onItsWay: '{{ order }} est en route.',
  nothingElse: 'Vous n’avez rien d’autre à faire. Votre abonnement continue comme avant.',
  nextOrder: 'Votre prochaine commande est prévue pour le {{ day }}.',
  settled: 'C’est réglé',
  settledPaid: '{{ order }} est payée. Il n’y a plus rien à faire.',
  settledOther: '{{ order }} est réglée. Il n’y a plus rien à faire.',
  skipped: 'Cette commande a été sautée',
  skippedOrder: '{{ order }} a été sautée.',
  skippedUnpaid:
    'Le paiement pour {{ product }} n’est pas passé, cette commande a donc été sautée. Elle ne vous sera pas débitée.',
  goesOn: 'Votre abonnement continue avec la prochaine commande.',
  ended: 'Votre abonnement a pris fin',
  endedBody: 'L’abonnement a pris fin : {{ product }}.',
  endedUnpaid:
    'Le paiement pour {{ product }} n’est pas passé, et l’abonnement a pris fin. Plus rien ne sera débité.',
  welcomeBack: 'Vous pouvez revenir quand vous le souhaitez.',
  nothingHere: 'Il n’y a plus rien à faire ici',
  replaced: '{{ order }} a été remplacée par une plus récente.',
  closed: 'Cette commande est close',
  closedBody: '{{ shop }} a clos {{ order }}.',
  noCharge: 'Plus rien ne sera débité pour elle.',
  paused: 'Votre abonnement est en pause',
  pausedUnpaid:
    'Le paiement pour {{ product }} n’est pas passé, l’abonnement est donc en pause. Rien ne sera débité pendant la pause.',
  resumeAnyTime: 'Vous pouvez le reprendre à tout moment.',
  resumeUntil: 'Vous pouvez le reprendre ici jusqu’au {{ day }}.',
  resumed: 'Votre abonnement continue',
  resumedBody:
    'Le paiement pour {{ product }} qui n’était pas passé n’est plus essayé. La prochaine commande est débitée comme d’habitude.',
  pausedHeld: 'Cet abonnement est en pause',
  pausedHeldBody:
    'Rien n’est débité pour {{ product }} pendant ce temps, et les dates ne bougent pas.',
  keptOpen: 'Votre commande reste ouverte',
  keptOpenBody:
    '{{ shop }} garde {{ order }} ouverte, et rien d’autre n’est débité automatiquement.',
  stillOpen: 'Ce paiement reste à régler',
  stillOpenBody:
    'Le paiement pour {{ product }} n’est pas passé, et nous ne le réessayerons pas de nous-mêmes.',
  stopped: 'Nous avons arrêté',
  stoppedBody:
    'Vous nous avez dit avoir résilié, ou que ce n’est pas vous. Aucun paiement pour {{ product }} n’est plus essayé, et aucun message n’est plus envoyé.',
  shopWillLook: '{{ shop }} en est informé et va regarder.',
  looking: '{{ shop }} examine la situation',
  lookingBody:
    '{{ shop }} vérifie quelque chose au sujet de {{ order }}. D’ici là, rien ne se passe.',
  nothingToDo: 'Vous n’avez rien à faire.',
  checking: 'Nous vérifions un paiement',
  checkingBody:
    'Un paiement pour {{ product }} a été lancé, et nous vérifions ce qu’il est devenu.',
  checkingRest:
    'Rien d’autre n’est débité d’ici là : vous ne pouvez pas être débité deux fois. Vous n’avez rien à faire.',
  orderWaits: 'Votre commande attend son paiement',
  orderWaitsBody:
    'Une commande a été créée pour {{ product }}, et son paiement n’est pas encore arrivé. Rien d’autre n’est débité pour elle.',
  underWay: 'Un paiement est en cours',
  underWayBody:
    'Nous venons de lancer le paiement pour {{ product }}. Cela prend en général moins d’une minute.',
  bankDebit:
    'Le paiement pour {{ product }} est en route depuis votre banque. Cela peut prendre quelques jours.',
  loadAgain: 'Rechargez cette page pour voir le résultat.',
  ofShop: '{{ shop }} s’en occupe',
  ofShopBody: '{{ shop }} règle quelque chose pour {{ order }}.',
  address: 'Pourriez-vous vérifier votre adresse de livraison ?',
  addressBody:
    '{{ shop }} souhaite vous envoyer {{ order }}, mais il semble manquer quelque chose dans votre adresse de livraison.',
  addressWrite:
    'Envoyez votre adresse complète à {{ contact }}, et votre commande continuera dès qu’elle sera complète.',
  addressTell:
    'Indiquez votre adresse complète à {{ shop }}, et votre commande continuera dès qu’elle sera complète.',
  writeTo: 'Écrivez à {{ contact }}, et {{ shop }} vous aidera.',
  askShop: 'Adressez-vous à {{ shop }}, qui vous aidera.',
  ranOut: 'La dernière confirmation a expiré.',
  notPassed: 'La dernière confirmation n’a pas abouti.',
  noMoreTries:
    'Elle ne peut pas être relancée pour cette commande. Veuillez utiliser un autre moyen de paiement.',
  againNow: 'Vous pouvez la relancer maintenant.',
  againFrom:
    'Vous pourrez la relancer à partir du {{ at }}, ou utiliser avant cela un autre moyen de paiement.',
  secureMailSent:
    'Le lien sécurisé de Shopify est en route vers l’adresse e-mail de votre abonnement (demandé le {{ at }}). Regardez aussi dans vos courriers indésirables.',
  askTomorrow: 'Vous pourrez en demander un autre un jour plus tard.',
  thanks: 'Merci d’avoir dit à {{ shop }} comment cela s’est passé.',

  plannedFor: 'Prévu pour',
  beforeTax: '{{ amount }} hors taxes',
  wasPlanned: 'Il s’agissait d’une commande prévue pour le {{ day }}.',
  heardStop:
    'Vous nous avez dit avoir résilié, ou que ce n’est pas vous. Vous ne recevez plus de message au sujet de vos paiements.',
  howToChange:
    'Vous n’avez rien à faire. Pour modifier, sauter ou résilier avant cette date, ouvrez votre compte chez {{ shop }} avec le lien ci-dessous.',
  orWriteTo: 'Vous pouvez aussi écrire à {{ contact }}.',

  person: 'Une personne de {{ shop }} lit votre e-mail :',
  account: 'Votre compte chez {{ shop }}',
  terms: 'Conditions de paiement de {{ shop }}',
  neverCards: 'Cette page ne demande jamais de données de carte.',
  notices: {
    challenge_gone:
      'La confirmation de votre banque a expiré ou a déjà servi. Voici où en sont les choses.',
    not_now:
      'Cela n’a pas fonctionné à l’instant, et rien n’a changé. Réessayez dans quelques minutes.',
    going_on:
      'Shopify ne répond pas pour le moment. Nous continuons d’essayer, et vous n’avez pas besoin d’appuyer à nouveau. Voici où en sont les choses.',
    not_possible: 'Ce n’est plus possible. Voici où en sont les choses.',
    mail_refused:
      'Le lien sécurisé n’a pas pu être envoyé. Écrivez à la boutique, qui vous aidera.',
    not_started: 'Le paiement n’a pas pu être lancé maintenant. Voici où en sont les choses.',
    not_stopped:
      'Impossible d’arrêter à l’instant, car un paiement est en cours de vérification. Réessayez plus tard, ou écrivez à la boutique.',
    nothing_less:
      'Rien n’a changé. Choisissez moins que la commande complète, et gardez au moins un article.',
  },
  plain: {
    nowhere: 'Ce lien ne mène plus nulle part',
    nowhereBody:
      'Il est peut-être trop ancien, ou incomplet. Ouvrez l’e-mail le plus récent au sujet de votre abonnement, ou écrivez à la boutique.',
    withdrawn: 'Ce lien a été retiré',
    withdrawnBody:
      'Utilisez le lien de l’e-mail le plus récent au sujet de votre abonnement, ou écrivez à la boutique.',
    failed: 'Cela n’a pas fonctionné',
    goBack: 'Revenez en arrière, rechargez la page et appuyez sur le bouton.',
    openAgain: 'Ouvrez de nouveau le lien de votre e-mail.',
    often: 'Un instant, s’il vous plaît',
    oftenBody:
      'Cette page vient d’être ouverte très souvent. Attendez quelques minutes, puis rechargez-la.',
    broken: 'Cette page ne peut pas être affichée pour le moment',
    brokenBody: 'Rien n’a changé. Réessayez dans quelques minutes.',
  },
  unsubscribed: 'Plus d’offres de {{ shop }}',
  unsubscribedBody:
    'Vous ne recevez plus d’offres par e-mail. Les avis sur le paiement de votre abonnement continuent.',
  unsubscribeNote: 'Les avis sur le paiement de votre abonnement continuent.',
  tooOld: 'Ce lien est trop ancien',
  tooOldBody:
    'Nous ne savons plus à qui cet e-mail était adressé, et ne pouvons donc plus arrêter les offres d’ici. Utilisez le lien d’un e-mail plus récent de {{ shop }}, ou écrivez à la boutique.',
}
