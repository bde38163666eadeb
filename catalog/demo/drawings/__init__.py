"""One drawing for each view of each vertical."""

from collections.abc import Callable, Mapping

from catalog.demo.canvas import Canvas
from catalog.demo.drawings import bags, caps, footwear, garments, home, luggage, tops
from catalog.demo.parts import Item

DRAWINGS: Mapping[str, Mapping[str, Callable[[Canvas, Item], None]]] = {
    "sandal": footwear.DRAWINGS,
    "saree": garments.SAREE,
    "suitcase": luggage.SUITCASE,
    "watch": luggage.WATCH,
    "kurta": garments.KURTA,
    "t-shirt": tops.T_SHIRT,
    "handbag": bags.HANDBAG,
    "dress": tops.DRESS,
    "backpack": bags.BACKPACK,
    "sofa": home.SOFA,
    "lamp": home.LAMP,
    "cap": caps.DRAWINGS,
}
