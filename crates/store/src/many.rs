//! Look-ups of many rows at once, for lists, with one fixed statement.

use crate::Value;

/// The most ids that one look-up takes: as many as a page of a list has rows.
pub const MOST: usize = 100;

/// `$1` to `$100`, for `IN (…)`.
macro_rules! ids {
    () => {
        "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,\
         $21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,\
         $41,$42,$43,$44,$45,$46,$47,$48,$49,$50,$51,$52,$53,$54,$55,$56,$57,$58,$59,$60,\
         $61,$62,$63,$64,$65,$66,$67,$68,$69,$70,$71,$72,$73,$74,$75,$76,$77,$78,$79,$80,\
         $81,$82,$83,$84,$85,$86,$87,$88,$89,$90,$91,$92,$93,$94,$95,$96,$97,$98,$99,$100"
    };
}
pub(crate) use ids;

/// `$4` to `$103`: as [`ids!`], behind the viewer of a list.
macro_rules! ids_seen {
    () => {
        "$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,\
         $24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,\
         $44,$45,$46,$47,$48,$49,$50,$51,$52,$53,$54,$55,$56,$57,$58,$59,$60,$61,$62,$63,\
         $64,$65,$66,$67,$68,$69,$70,$71,$72,$73,$74,$75,$76,$77,$78,$79,$80,$81,$82,$83,\
         $84,$85,$86,$87,$88,$89,$90,$91,$92,$93,$94,$95,$96,$97,$98,$99,$100,$101,$102,$103"
    };
}
pub(crate) use ids_seen;

/// The parameters for [`ids!`] or [`ids_seen!`]: the ids, filled up with nothing; ids beyond [`MOST`] are the caller's next look-up.
pub(crate) fn params(ids: &[i64]) -> Vec<Value> {
    let mut params: Vec<Value> = ids.iter().take(MOST).map(|id| Value::from(*id)).collect();
    params.resize_with(MOST, || Value::Int(None));
    params
}
