import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.figures import find_figures

# Line, then the figures in it as kind:text. The text keeps its punctuation.
TABLE = """
17 giờ 30 phút ngày 25/11/2026 tại đình | hour:17 giờ 30 phút | date:ngày 25/11/2026
lúc bảy giờ ba mươi phút sáng mai | hour:bảy giờ ba mươi phút sáng
lúc bảy giờ ba mươi có mặt | hour:bảy giờ ba mươi
từ 7h30 đến 17:00 | hour:7h30 | hour:17:00
5g30 chiều | hour:5g30 chiều
tám giờ kém mười lăm | hour:tám giờ kém mười lăm
ba rưỡi chiều nay họp | hour:ba rưỡi chiều
mười một rưỡi trưa | hour:mười một rưỡi trưa
năm giờ chiều | hour:năm giờ chiều
bây giờ bà con nghe |
ngày mùng một tháng giêng | date:ngày mùng một tháng giêng
mồng 10 tháng 3 | date:mồng 10 tháng 3
rằm tháng bảy | date:rằm tháng bảy
sáng thứ hai ngày 12 | date:thứ hai ngày 12
chủ nhật tuần này | date:chủ nhật
tháng mười năm hai nghìn không trăm hai mươi sáu | date:tháng mười năm hai nghìn không trăm hai mươi sáu
tháng năm năm 2026 | date:tháng năm năm 2026
tháng mười năm nay | date:tháng mười
ngày 30 tháng 4 năm 1975 | date:ngày 30 tháng 4 năm 1975
năm 2026 có 50 hộ | date:năm 2026 | number:50
dịp 2/9 và tháng 11/2026 | date:2/9 | date:tháng 11/2026
uống ngày hai lần | number:hai
lần thứ hai | number:hai
ngày không mưa |
năm trăm nghìn đồng một hộ | money:năm trăm nghìn đồng | number:một
hai triệu rưỡi đồng | money:hai triệu rưỡi đồng
phí là 500.000đ | money:500.000đ
giá 1.900.000 đồng | money:1.900.000 đồng
50k một suất | money:50k | number:một
ba đồng chí dự họp | number:ba
đầu tư năm trăm triệu đồng | money:năm trăm triệu đồng
tám mươi lăm phần trăm | percent:tám mươi lăm phần trăm
đạt 8%, còn 95 % | percent:8%, | percent:95 %
gọi 0912 345 678 ngay | phone:0912 345 678
gọi 0912.345.678. | phone:0912.345.678.
số điện thoại không chín một hai ba bốn năm sáu bảy tám | phone:không chín một hai ba bốn năm sáu bảy tám
đường dây nóng một một ba | phone:một một ba
gọi tổng đài 19001234 | phone:19001234
gọi 115 | number:115
có hai mươi ba hộ | number:hai mươi ba
năm hộ nghèo | number:năm
hai nghìn không trăm hai mươi sáu cây | number:hai nghìn không trăm hai mươi sáu
Nghị định 49/2024/NĐ-CP | number:49/2024/NĐ-CP
khóa mười | number:mười
mỗi năm một lần |
trong năm không có ai |
đầu tư và tư vấn pháp luật |
một số hộ, một phần đất, một người dân |
không khí lạnh, lúa chín rộ, ba má đi vắng |
tỷ lệ cao, bán lẻ, linh hoạt |
đồng chí, đồng bào, đồng ruộng |
""".strip().splitlines()  # noqa: E501 - a table is easier to check in rows


@pytest.mark.parametrize("row", TABLE)
def test_figures_are_found_with_their_kind(row: str) -> None:
    text, *expected = (part.strip() for part in row.split("|"))
    tokens = text.split()
    found = [
        f"{figure.kind}:{' '.join(tokens[figure.first : figure.end])}"
        for figure in find_figures(tokens)
    ]
    assert found == [part for part in expected if part]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("17 giờ", "digits"),
        ("bảy giờ", "spoken"),
        ("chủ nhật", "calendar"),
        ("bảy giờ 30", "digits"),
    ],
)
def test_a_figure_tells_how_it_was_said(text: str, said: str) -> None:
    (figure,) = find_figures(text.split())
    assert figure.said == said


@pytest.mark.parametrize("end", [".", ",", "?"])
def test_a_pause_of_the_sentence_ends_a_figure(end: str) -> None:
    tokens = f"mười hai{end} mười ba".split()
    assert [(figure.first, figure.end) for figure in find_figures(tokens)] == [(0, 2), (2, 4)]


WORDS = """
    năm một hai trăm 12 giờ ngày tháng đồng rưỡi phần 2026 không tư, đầu thứ 0912 điện thoại . % kém
    25/11 nghìn 50k phút mùng số
""".split()  # noqa: SIM905


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=25,
    )
)
def test_figures_lie_in_order_and_no_digit_is_missed(tokens: list[str]) -> None:
    figures = list(find_figures(tokens))
    reached = 0
    for figure in figures:
        assert reached <= figure.first < figure.end <= len(tokens)
        reached = figure.end
    marked = {index for figure in figures for index in range(figure.first, figure.end)}
    digits = {index for index, token in enumerate(tokens) if any(map(str.isdigit, token))}
    assert digits <= marked
