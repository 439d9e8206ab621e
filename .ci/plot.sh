#!/usr/bin/env bash
# Draws lines: plot.sh TITLE UNIT <ROWS >FILE.svg. Rows are `series<TAB>x<TAB>y`, x in powers of ten; the axis of y starts at zero.
set -euo pipefail
awk -F '\t' -v title="$1" -v unit="$2" '
NF >= 3 {
    if (!($1 in index_of)) { index_of[$1] = ++series; name[series] = $1 }
    s = index_of[$1]; n[s]++; x[s, n[s]] = log($2) / log(10); y[s, n[s]] = $3
    if (low == "" || x[s, n[s]] < low) low = x[s, n[s]]
    if (high == "" || x[s, n[s]] > high) high = x[s, n[s]]
    if ($3 > top) top = $3
}
function px(v) { return 60 + (high > low ? (v - low) / (high - low) : 0) * 420 }
function py(v) { return 250 - v / top * 200 }
END {
    split("#0b5fa5 #c2410c #15803d #7e22ce #a16207", color, " ")
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 290\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<rect width=\"640\" height=\"290\" fill=\"white\"/>"
    printf "<text x=\"60\" y=\"24\" font-size=\"14\">%s</text>\n", title
    for (i = 0; i <= 4; i++) {
        v = top * i / 4
        printf "<line x1=\"60\" x2=\"480\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>", py(v), py(v)
        printf "<text x=\"54\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n", py(v) + 4, v
    }
    for (p = low; p <= high + 0.01; p++)
        printf "<text x=\"%.1f\" y=\"268\" text-anchor=\"middle\">10<tspan dy=\"-5\" font-size=\"9\">%d</tspan></text>\n", px(p), p + 0.5
    printf "<text x=\"60\" y=\"42\" fill=\"#555\">%s</text>\n", unit
    for (s = 1; s <= series; s++) {
        printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", color[s]
        for (i = 1; i <= n[s]; i++) printf "%.1f,%.1f ", px(x[s, i]), py(y[s, i])
        printf "\"/><text x=\"490\" y=\"%.1f\" fill=\"%s\">%s</text>\n", py(y[s, n[s]]) + 4, color[s], name[s]
    }
    print "</svg>"
}'
