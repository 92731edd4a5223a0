"""Ranges, whole sentences, and wordings that stay as they are; written as in `number_cases`."""

from tests.transcribe import number_cases

RANGE = """
từ [bảy giờ đến mười một giờ=7 giờ đến 11 giờ:range]
từ [bảy đến mười một giờ=7 đến 11 giờ:range]
từ [bảy rưỡi đến chín rưỡi=7 giờ 30 phút đến 9 giờ 30 phút:range!bare_half_hour]
năm học [hai nghìn không trăm hai mươi sáu hai nghìn không trăm hai mươi bảy=2026-2027:range]
giai đoạn [hai nghìn không trăm hai mươi sáu đến hai nghìn không trăm ba mươi=2026 đến \
2030:range]
từ [năm hai nghìn không trăm hai mươi đến năm hai nghìn không trăm hai mươi sáu=năm 2020 đến năm \
2026:range]
từ [hai đến ba triệu đồng=2.000.000 đến 3.000.000 đồng:range]
từ [ngày hai đến ngày năm tháng chín=ngày 2 đến ngày 5 tháng 9:range]
từ [ngày mười đến mười lăm tháng tư=ngày 10 đến 15 tháng 4:range]
từ [mùng một đến mùng năm=mùng 1 đến mùng 5:range]
[hai mươi đến ba mươi=20 đến 30:range] người
mưa từ [một trăm đến hai trăm mi li mét=100 đến 200 mi li mét:range]
nhiệt độ từ [hai mươi hai đến hai mươi lăm độ=22 đến 25 độ:range]
từ [năm đến bảy ngày=5 đến 7 ngày:range]
[mười giờ mười lăm đến mười giờ bốn lăm=10 giờ 15 phút đến 10 giờ 45 phút:range]
từ [7 giờ đến mười một giờ=7 giờ đến 11 giờ:range]
từ [bảy đến 11 giờ=7 đến 11 giờ:range]
từ [bảy giờ đến 11 giờ=7 giờ đến 11 giờ:range]
từ [bảy - chín giờ=7 - 9 giờ:range]
từ [hai mươi đến ba mươi tháng tư=20 đến 30 tháng 4:range]
khoảng [hai đến ba ngày=2 đến 3 ngày:range]
[hai đến ba ngày=2 đến 3 ngày:range]
từ [năm mươi đến một trăm nghìn đồng=50.000 đến 100.000 đồng:range]
từ [hai mươi hai giờ đến năm giờ=22 giờ đến 5 giờ:range] sáng hôm sau
niên khoá [hai nghìn không trăm hai mươi sáu hai nghìn không trăm hai mươi bảy=2026-2027:range]
niên khóa [hai nghìn không trăm hai mươi sáu hai nghìn không trăm hai mươi bảy=2026-2027:range]
mức phạt từ [năm trăm nghìn đồng đến một triệu đồng=500.000 đồng đến 1.000.000 đồng:range]
từ [ba đến năm triệu đồng=3.000.000 đến 5.000.000 đồng:range]
phạt từ [hai trăm đến ba trăm nghìn đồng=200.000 đến 300.000 đồng:range]
từ [mười đến mười lăm phần trăm=10 đến 15%:range]
từ [năm hai không hai lăm đến hai không ba mươi=năm 2025 đến 2030:range]
từ [tháng chín đến tháng mười một=tháng 9 đến tháng 11:range]
từ [tháng chín đến tháng mười một năm hai nghìn không trăm hai mươi sáu=tháng 9 đến tháng \
11/2026:range]
"""

SEVERAL = """
từ [bảy giờ ba mươi phút=7 giờ 30 phút:hour] sáng đến [mười một giờ=11 giờ:hour]
[bảy giờ=7 giờ:hour] [hai mươi lăm tháng mười một=25 tháng 11:date]
[bảy giờ ba mươi=7 giờ 30 phút:hour] [ngày hai mươi lăm tháng mười một năm hai nghìn không trăm \
hai mươi sáu=ngày 25/11/2026:date]
[hai tháng=2 tháng:duration] [chín ngày=9 ngày:duration]
[không giờ=0 giờ:hour] [ngày mùng một=ngày mùng 1:date]
từ [sáu tháng=6 tháng:duration] đến [năm tuổi=5 tuổi:quantity]
Kính thưa bà con, đúng [bảy giờ ba mươi phút=7 giờ 30 phút:hour] sáng thứ Hai, [ngày hai mươi \
lăm tháng mười một, năm hai nghìn không trăm hai mươi sáu=ngày 25/11/2026:date], mời bà con thôn \
Năm đến nhà văn hóa.
kính mời bà con thôn năm đến nhà văn hóa lúc [mười chín giờ=19 giờ:hour] [ngày mùng năm tháng \
mười hai=ngày mùng 5 tháng 12:date]
mỗi hộ nộp [một trăm hai mươi nghìn đồng=120.000 đồng:money] trước [ngày ba mươi tháng mười \
một=ngày 30 tháng 11:date]
tiêm vắc xin cho trẻ từ [sáu tháng=6 tháng:duration] đến [mười lăm tuổi=15 tuổi:quantity] từ \
[bảy giờ ba mươi đến mười một giờ=7 giờ 30 phút đến 11 giờ:range] và từ [mười ba giờ ba mươi đến \
mười sáu giờ ba mươi=13 giờ 30 phút đến 16 giờ 30 phút:range]
cắt điện từ [tám giờ đến mười bảy giờ=8 giờ đến 17 giờ:range] [ngày hai mươi tháng mười một=ngày \
20 tháng 11:date]
nghị định [một trăm sáu mươi tám=168:quantity] [năm hai nghìn không trăm hai mươi tư=năm \
2024:year]
kỷ niệm [tám mươi mốt năm=81 năm:duration] quốc khánh [hai tháng chín=2 tháng 9:date]
kỷ niệm [chín mươi sáu năm=96 năm:duration] ngày thành lập đảng [ba tháng hai=3 tháng 2:date]
[hai mươi bốn=24:quantity] trên [hai mươi bốn giờ=24 giờ:hour]
[năm hai nghìn không trăm hai mươi lăm=năm 2025:year] toàn xã thu được [năm tỷ ba trăm triệu \
đồng=5,3 tỷ đồng:money] đạt [một trăm linh năm phần trăm=105%:percent] kế hoạch năm
[tháng mười=tháng 10:month] [năm mươi=50:quantity] hộ
[bảy giờ=7 giờ:hour]. [ba mươi phút=30 phút:duration]
[sáu giờ=6 giờ:hour] sáng và [sáu giờ=6 giờ:hour] chiều
[bảy giờ=7 giờ:hour] tối [mười hai tháng tư=12 tháng 4:date]
các [ngày mười=ngày 10:date], [mười một=11:quantity], [mười hai tháng tư=12 tháng 4:date]
[ngày hai mươi=ngày 20:date] và [hai mươi mốt tháng tư=21 tháng 4:date]
gọi [không chín một hai ba bốn năm sáu bảy tám=0912 345 678:phone] hoặc [không ba một hai ba bốn \
năm sáu bảy chín=0312 345 679:phone]
[không chín một hai ba bốn năm sáu bảy tám=0912 345 678:phone] [không ba một hai ba bốn năm sáu \
bảy chín=0312 345 679:phone]
tăng [ba phần trăm=3%:percent] so với [năm hai không hai lăm=năm 2025:year]
[hai mươi lăm=25:quantity] hộ nghèo và [ba mươi hai=32:quantity] hộ cận nghèo
liên hệ [không chín một hai ba bốn năm sáu bảy tám=0912 345 678:phone] trước [ngày mười lăm=ngày \
15:date]
lịch cắt nước từ [không giờ đến bốn giờ=0 giờ đến 4 giờ:range] [ngày mười bảy tháng sáu=ngày 17 \
tháng 6:date]
"""

UNTOUCHED = """
ba rưỡi
anh ba rưỡi
ngày rằm
rằm tháng giêng
tháng tư vấn
ngày tháng năm sinh
mỗi tháng một lần
năm hai nghìn đồng
năm nay
những năm tháng
hai triệu ba trăm
từ năm trăm đến một triệu đồng
trăm phần trăm
thứ tư tuần sau
một phần ba
ba phần tư
nửa tiếng
dăm ba ngày
vài ba chục
hai ba người
ba bốn ngày
bốn năm người
bốn năm ngày
thôn năm
anh ba ngày mai
thôn mười hai
một mét bảy
tư vấn
trong hai tháng chín và mười
không đồng ý
mười mấy người
hai mươi mấy
hai chục trứng
nghìn lẻ một
Nguyễn Văn Ba ngày mai đến
trẻ em sáu tháng tuổi
7 giờ 30
gió giật cấp tám cấp chín
tổ một khu phố bốn phường hai mươi lăm
đường ba tháng hai
đường ba mươi tháng tư
ba mẹ đưa con đi tiêm
một số hộ chưa nộp
năm nay năm ngoái
ông năm hai ngày nữa về
bà con hai thôn
hai bên đường
một hai ba bốn
một hai ba
bảy tám chín mười
chín mười ngày
mười mười lăm phút
mười lăm hai mươi phút
năm mười phút
hai mươi một
năm sáu trăm nghìn
dăm bảy trăm
ba vạn chín nghìn
trăm rưỡi
năm ký kết
hai cân bằng
hai ngày càng
trong những năm ngày càng
bốn chấm không
tháng chạp
mỗi ngày hai lần
ngày hai buổi
ngày một tốt hơn
ngày mốt
ngày hai ba tháng năm
ba đồng hồ
tiếng việt hai tiếng nói
một tiếng đồng hồ
giờ trái đất
năm giờ trái đất
trường trung học cơ sở số hai
số tài khoản một hai ba bốn năm sáu bảy tám chín không
thế kỷ hai mươi mốt
hai đến ba người
hai, ba ngày
năm bảy lăm
những năm chín mươi
năm hai mươi tuổi
12 phần trăm
năm phần nghìn
tháng năm 2026
tháng năm hai không hai sáu
chị tư tháng này
bác hai năm nay
cô bảy hai mươi tuổi
dì năm
em năm tuổi
hộ ông tám
xóm mười
khu phố ba
tổ bảy
ấp tám
đội chín
thôn mười hai hai mươi hộ
lần thứ tư vấn
lần thứ nhất
thứ bảy chủ nhật
từ thứ hai đến thứ sáu
một triệu hai hộ
1,5 triệu rưỡi
không ai biết
không hai lòng
chín bỏ làm mười
mười phân vẹn mười
một lòng một dạ
ba hoa bốn phương
năm châu bốn bể
hăm dọa
Ngày 5 tháng Chạp
năm thì mười hoạ
năm thì mười họa
hai phần ba số hộ
một phần hai
số một trên thế giới
Nguyễn Thị Năm tháng trước đã nộp
nguyễn thị năm tháng trước đã nộp
bà Bảy
Bác Hai
Chị Tư
chú sáu
thím ba ngày mai
ngõ hai mươi lăm
tổ mười
khu năm
xóm ba ngày mai họp
mươi ngày
vài trăm nghìn
hàng chục hộ
hàng trăm nghìn đồng
mấy chục
đôi ba ngày
năm ba người
năm bảy người
mười hai mười ba người
một hai ngày
bảy tám trăm nghìn
mỗi năm
hằng năm
mỗi năm ba lần
mỗi năm giờ trái đất
cuối năm ngày càng
trong năm
năm mới
năm học mới
năm sinh
ba lô
ba phải
tư nhân
đầu tư
tư pháp
thứ tư
thứ năm
tháng giêng
không có điện
không một ai
có được không
mười phần
một người
một cách
một mình
ba người
năm hộ
chín suối
hai năm rõ mười
năm lần bảy lượt
mồm năm miệng mười
ba chìm bảy nổi
chín tháng mười ngày
trăm năm
nghìn năm văn hiến
cộng một
không một hai ba
một hai ba bốn năm
năm người
7 giờ 30 phút ngày 25/11/2026
1.500.000 đồng
12,5%
0912 345 678
lần thứ 3
7 giờ 30 phút đến 11 giờ
7h30
1,5 triệu đồng
gọi 113
không chín một hai ba bốn. năm sáu bảy tám
nhiệm kỳ hai không hai sáu hai không ba một
"""

# Every table in which suggestions are expected.
MARKED_TABLES = (
    number_cases.HOUR,
    number_cases.DURATION,
    number_cases.DATE,
    number_cases.MONTH,
    number_cases.YEAR,
    number_cases.MONEY,
    number_cases.PHONE,
    number_cases.PERCENT,
    number_cases.ORDINAL,
    number_cases.QUANTITY,
    RANGE,
    SEVERAL,
)
