"""Words of what a unit's portal says of itself; `web.labels` takes them in."""

from web.marking import mark

PORTAL_ERRORS: dict[str, str] = {
    "accent_invalid": mark("Màu “%(value)s” chưa đúng. Viết như #1f6b4a, hoặc để trống."),
    "emblem_no_png": mark("Biểu trưng phải là một ảnh PNG mở được. Hãy lưu lại thành PNG."),
    "emblem_too_large": mark("Ảnh biểu trưng quá lớn. Chọn ảnh PNG dưới %(limit_mib)s MB."),
    "unit_text_too_long": mark("Chữ dài quá %(limit)s ký tự. Hãy viết ngắn lại."),
}
