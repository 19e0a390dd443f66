"""What LaTeX's names of letters, accents and signs stand for."""

from __future__ import annotations

LETTERS = {
    **{"ss": "ß", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ"},
    **{"l": "ł", "L": "Ł", "i": "i", "j": "j", "dh": "ð", "th": "þ", "dj": "đ", "DJ": "Đ"},
    **{"DH": "Ð", "TH": "Þ", "NG": "Ŋ"},
}

# The signs of text, as reference managers write them too.
WORDS = {
    **{"ie": "i.e.", "eg": "e.g.", "etal": "et al.", "etc": "etc.", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX"},
    **{"ldots": "...", "dots": "...", "textellipsis": "...", "textendash": "–", "textemdash": "—"},
    **{"textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”"},
    **{"textregistered": "®", "texttrademark": "™", "textmu": "µ", "pounds": "£", "euro": "€"},
    **{"textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "textasciitilde": "~"},
    **{
        "textsterling": "£",
        "texteuro": "€",
        "EUR": "€",
        "yen": "¥",
        "textyen": "¥",
        "textcent": "¢",
        "textcurrency": "¤",
    },
    **{"textflorin": "ƒ", "textwon": "₩", "textlira": "₤", "textnaira": "₦", "textpeso": "₱", "textdollar": "$"},
    **{"copyright": "©", "textcopyright": "©", "textcircledP": "℗", "textservicemark": "℠", "textnumero": "№"},
    **{"textsection": "§", "textparagraph": "¶", "textdagger": "†", "dag": "†", "textdaggerdbl": "‡", "ddag": "‡"},
    **{"textbullet": "•", "textopenbullet": "◦", "textperiodcentered": "·", "textbardbl": "‖", "textbrokenbar": "¦"},
    **{"textasteriskcentered": "*", "textreferencemark": "※", "textfractionsolidus": "⁄", "textinterrobang": "‽"},
    **{"textpm": "±", "texttimes": "×", "textdiv": "÷", "textlnot": "¬", "lnot": "¬", "textminus": "−", "slash": "/"},
    **{"textperthousand": "‰", "textpertenthousand": "‱", "textcelsius": "°C", "textohm": "Ω", "textmho": "℧"},
    **{"textonehalf": "½", "textonequarter": "¼", "textthreequarters": "¾", "textestimated": "℮", "textdegree": "°"},
    **{"textonesuperior": "¹", "texttwosuperior": "²", "textthreesuperior": "³", "textordfeminine": "ª"},
    **{"textordmasculine": "º", "textleftarrow": "←", "textrightarrow": "→", "textuparrow": "↑", "textdownarrow": "↓"},
    **{"textlangle": "⟨", "textrangle": "⟩", "guillemotleft": "«", "guillemotright": "»", "guillemetleft": "«"},
    **{"guillemetright": "»", "guilsinglleft": "‹", "guilsinglright": "›", "quotesinglbase": "‚", "quotedblbase": "„"},
    **{"textquotesingle": "'", "textquotedbl": '"', "textexclamdown": "¡", "textquestiondown": "¿"},
    **{"textasciicircum": "^", "textasciigrave": "`", "textasciiacute": "´", "textasciidieresis": "¨"},
    **{"textasciimacron": "¯", "textasciibreve": "˘", "textpercent": "%", "nobreakspace": " "},
}

ACCENTS = {
    **{"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"},
    **{"c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "d": "\u0323"},
    "b": "\u0331",
}

MATH_ACCENTS = {
    **{"widetilde": "\u0303", "tilde": "\u0303", "widehat": "\u0302", "hat": "\u0302", "overline": "\u0304"},
    **{"bar": "\u0304", "ddot": "\u0308", "dot": "\u0307", "vec": "\u20d7", "acute": "\u0301", "grave": "\u0300"},
    **{"check": "\u030c", "breve": "\u0306", "mathring": "\u030a"},
}

# Functions that are read by their own name.
MATH_WORDS = frozenset(
    "log ln lg exp sin cos tan sinh cosh tanh arcsin arccos arctan cot sec csc min max arg inf sup lim limsup liminf"
    " det dim ker gcd deg mod bmod Pr hom".split()
)

MATH_SIGNS = {
    **{"sim": "~", "deg": "°", "degr": "°", "arcsec": "″", "arcmin": "′", "micron": "µm"},
    **{"Msun": "M⊙", "msun": "M⊙", "Lsun": "L⊙", "to": "→", "longleftarrow": "←", "iff": "⇔", "implies": "⇒"},
    **{"dotsc": "...", "cdots": "⋯", "lVert": "‖", "rVert": "‖", "gets": "←", "ni": "∋", "colon": ":"},
    **{"rightleftharpoons": "⇌", "hookrightarrow": "↪", "longmapsto": "↦", "sqcup": "⊔", "supsetneq": "⊋"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ"},
    **{"eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν"},
    **{"xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ"},
    **{"upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ"},
    **{"Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ"},
    **{"Omega": "Ω", "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "ast": "*", "star": "⋆"},
    **{"circ": "∘", "bullet": "•", "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥"},
    **{"ll": "≪", "gg": "≫", "neq": "≠", "ne": "≠", "approx": "≈", "simeq": "≃", "cong": "≅", "equiv": "≡"},
    **{"propto": "∝", "lesssim": "≲", "gtrsim": "≳", "lt": "<", "gt": ">", "mid": "|", "infty": "∞", "partial": "∂"},
    **{"nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆"},
    **{"supset": "⊃", "supseteq": "⊇", "cup": "∪", "cap": "∩", "setminus": "∖", "emptyset": "∅", "forall": "∀"},
    **{"exists": "∃", "neg": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→"},
    **{"longrightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒", "Leftrightarrow": "⇔"},
    **{"mapsto": "↦", "uparrow": "↑", "downarrow": "↓", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋"},
    **{"lceil": "⌈", "rceil": "⌉", "oplus": "⊕", "otimes": "⊗", "odot": "⊙", "perp": "⊥", "parallel": "∥"},
    **{"dagger": "†", "ddagger": "‡", "ell": "ℓ", "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "prime": "′"},
    **{"ldots": "...", "dots": "...", "cdots": "⋯", "top": "⊤", "bot": "⊥", "models": "⊨", "vdash": "⊢", "AA": "Å"},
    **{"degree": "°", "checkmark": "✓", "square": "□", "triangle": "△", "angle": "∠", "prec": "≺"},
    **{"lbrace": "{", "rbrace": "}", "vert": "|", "Vert": "‖", "colon": ":", "lvert": "|", "rvert": "|"},
}

# Those that mean nothing else than the sign where they stand outside of formulas.
BARE_SIGNS = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi chi psi"
    " omega Gamma Delta Theta Lambda Sigma Phi Psi Omega times pm leq leqslant geq geqslant neq approx sim simeq propto"
    " infty rightarrow leftarrow deg degree degr arcsec arcmin micron odot Msun msun Lsun nabla ell lesssim gtrsim".split()
)

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda nu xi pi rho sigma tau upsilon phi chi psi omega"
)
WORDS |= {f"text{name}": MATH_SIGNS[name] for name in _GREEK.split()}
