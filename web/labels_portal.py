"""Words of what a unit's portal says of itself; `web.labels` takes them in."""

from web.marking import mark

PORTAL_ERRORS: dict[str, str] = {
    "accent_invalid": mark("Màu “%(value)s” chưa đúng. Viết như #1f6b4a, hoặc để trống."),
    "emblem_missing": mark("Chưa chọn ảnh. Chọn một tệp PNG rồi bấm lại."),
    "emblem_no_png": mark("Biểu trưng phải là một ảnh PNG mở được. Hãy lưu lại thành PNG."),
    "emblem_too_large": mark("Ảnh biểu trưng quá lớn. Chọn ảnh PNG dưới %(limit_mib)s MB."),
    "unit_text_too_long": mark("Chữ dài quá %(limit)s ký tự. Hãy viết ngắn lại."),
}

# Colours that the page offers, as a unit's setting has them; none: Loa's own.
ACCENTS: dict[str, str] = {
    "": mark("Đỏ sơn"),
    "#1f6b4a": mark("Xanh lá"),
    "#1d4f8a": mark("Xanh dương"),
    "#0f5f66": mark("Xanh cổ vịt"),
    "#6a3a7c": mark("Tím"),
    "#7a4a12": mark("Nâu"),
}
