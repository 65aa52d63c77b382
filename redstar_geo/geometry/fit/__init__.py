"""Numeric figures for problems that come without coordinates: fitted to the givens, several independent ones each.

The outlines of the construction are drawn flat (`layout`, after Tutte, 1963), every given becomes equations (`meaning`,
`system`), and many starts descend to where all of them hold (`levenberg`, after Marquardt, 1963) while soft bounds keep
angles, sides and arcs from collapsing; then they are polished without the bounds. What arrives is checked by the
independent numeric truth of `figure.holds`, and for orientation and order (`check`).
"""

from redstar_geo.geometry.fit.construction import shown
from redstar_geo.geometry.fit.determined import determined
from redstar_geo.geometry.fit.fitting import Fitted, fit

__all__ = ["Fitted", "determined", "fit", "shown"]
