import { update } from '../live.js';
import { AddDialog } from './AddDialog.jsx';
import { DiscardDialog, SharesDialog, UndoDialog } from './OtherDialogs.jsx';
import { ReloadDialog } from './ReloadDialog.jsx';
import { ServerDialog } from './ServerDialog.jsx';

const KINDS = {
  server: ServerDialog,
  add: AddDialog,
  undo: UndoDialog,
  discard: DiscardDialog,
  shares: SharesDialog,
  reload: ReloadDialog
};

/** The dialog that is open, if any. It stands beside the pages, so that what these show anew leaves it alone. */
export function Dialogs({ of, live }) {
  if (!of) {
    return null;
  }
  const Kind = KINDS[of.kind];
  return <Kind key={JSON.stringify(of)} {...of} live={live} onClose={() => update({ dialog: null })} />;
}
