"""Ordinary sentences as communes announce them, and the names of a made-up commune."""

from transcribe.glossary import GlossaryTerm

ORDINARY = """
Alo, alo, Đài truyền thanh xã xin kính chào toàn thể bà con nhân dân.
Kính thưa bà con nhân dân, sau đây là bản tin thông báo của Ủy ban nhân dân xã.
Đề nghị bà con khẩn trương thu hoạch lúa hè thu trước khi bão vào.
Thực hiện kế hoạch của tỉnh, xã tổ chức tiêm phòng cho đàn trâu bò.
Mời các hộ chưa nhận thẻ bảo hiểm y tế đến bộ phận một cửa để nhận.
Bà con chú ý không vứt rác thải ra kênh mương và đường làng.
Trạm y tế xã tổ chức khám sức khỏe cho người cao tuổi vào sáng thứ bảy.
Phụ huynh đưa con em đến đúng giờ và mang theo sổ tiêm chủng.
Hội phụ nữ xã phát động phong trào xây dựng gia đình năm không ba sạch.
Công ty điện lực thông báo lịch cắt điện để sửa chữa đường dây.
Đề nghị các đồng chí trưởng thôn thông báo đến từng hộ gia đình.
Xã yêu cầu các thôn tổ chức tổng vệ sinh vào sáng chủ nhật hàng tuần.
Nước sạch sẽ tạm ngừng cung cấp từ tám giờ đến mười một giờ trưa.
Hợp tác xã nông nghiệp mở cống lấy nước đổ ải cho vụ đông xuân.
Bà con cần kiểm tra lại chuồng trại, che chắn cho gia súc, gia cầm.
Thời tiết ngày mai nhiều mây, có mưa rào và dông vài nơi.
Lực lượng công an xã đề nghị người dân cảnh giác với các cuộc gọi lừa đảo.
Tuyệt đối không cung cấp mã xác thực cho người lạ qua điện thoại.
Người dân có nhu cầu làm căn cước đến trụ sở công an xã để được hướng dẫn.
Nhà văn hóa thôn mở cửa phục vụ bà con từ bảy giờ sáng.
Các hộ kinh doanh không lấn chiếm lòng đường, vỉa hè làm nơi buôn bán.
Đoàn thanh niên xã tổ chức hiến máu tình nguyện tại hội trường ủy ban.
Thanh niên trong độ tuổi đến ban chỉ huy quân sự xã đăng ký nghĩa vụ quân sự.
Hội nông dân phối hợp tập huấn kỹ thuật trồng và chăm sóc cây ăn trái.
Bà con nông dân thường xuyên thăm đồng để phát hiện sâu bệnh kịp thời.
Mực nước trên sông đang lên nhanh, bà con không nên đi đánh bắt cá.
Các gia đình ở vùng trũng thấp chủ động di dời tài sản lên cao.
Ban chỉ huy phòng chống thiên tai xã trực hai mươi tư trên hai mươi tư giờ.
Khi phát hiện cháy rừng, bà con báo ngay cho kiểm lâm hoặc trưởng thôn.
Ủy ban mặt trận tổ quốc xã vận động ủng hộ quỹ vì người nghèo.
Chi trả lương hưu và trợ cấp xã hội tháng này tại bưu điện văn hóa xã.
Các đối tượng bảo trợ xã hội mang theo giấy tờ tùy thân khi đến nhận tiền.
Học sinh nghỉ học để tránh bão, phụ huynh không để trẻ em ra gần ao hồ.
Trường mầm non thông báo lịch tựu trường và thu hồ sơ nhập học.
Hội người cao tuổi xã tổ chức mừng thọ cho các cụ tròn bảy mươi tuổi.
Hội cựu chiến binh họp chi hội vào chiều mai tại nhà văn hóa.
Bà con chấp hành nghiêm quy định về giao thông, không uống rượu bia khi lái xe.
Đề nghị các hộ nuôi chó tiêm phòng dại và xích nhốt, không thả rông.
Dịch sốt xuất huyết đang tăng, bà con diệt lăng quăng, ngủ mùng cả ban ngày.
Cán bộ y tế sẽ đến từng nhà phun hóa chất diệt muỗi.
Ông bà, cha mẹ nhắc nhở con cháu không đốt pháo nổ trong dịp tết.
Anh chị em công nhân lao động tham gia bảo hiểm đầy đủ để hưởng chế độ.
Thôn ta phấn đấu giữ vững danh hiệu thôn văn hóa kiểu mẫu.
Xã nhà quyết tâm hoàn thành các tiêu chí nông thôn mới nâng cao.
Các tổ bầu cử niêm yết danh sách cử tri tại nhà văn hóa khu dân cư.
Toàn thể cử tri đi bầu cử đúng giờ, đúng nơi quy định.
Kỳ họp hội đồng nhân dân xã sẽ được truyền thanh trực tiếp.
Ngân hàng chính sách xã hội giao dịch tại xã vào ngày mười lăm hàng tháng.
Bà con nộp thuế đất phi nông nghiệp trước ngày ba mươi mốt tháng mười.
Đội thu gom rác sẽ đi qua các xóm vào sáng thứ ba và thứ sáu.
Hộ nghèo và cận nghèo được hỗ trợ một trăm phần trăm kinh phí.
Đường liên thôn đang sửa, các phương tiện đi chậm và chú ý quan sát.
Cầu tạm qua suối bị hư hỏng, cấm xe tải trọng lớn qua lại.
Chợ quê họp phiên vào các ngày mùng năm, mùng mười hàng tháng.
Trại giống cung ứng cây con đảm bảo chất lượng cho bà con.
Giá lúa tươi tại ruộng tăng nhẹ so với tuần trước.
Nông dân bón phân cân đối, không phun thuốc khi trời sắp mưa.
Ai nhặt được giấy tờ mang tên người khác xin báo về đài truyền thanh.
Gia đình có người thân đi lạc, ai biết ở đâu xin báo cho công an xã.
Xin mời bà con nghe lại thông báo này một lần nữa.
Chương trình phát thanh của xã đến đây là hết, xin trân trọng cảm ơn bà con đã lắng nghe.
Cảm ơn quý vị và các bạn đã chú ý theo dõi, xin hẹn gặp lại vào buổi phát thanh sau.
Xin trân trọng cảm ơn.
Cảm ơn bà con đã lắng nghe.
Cảm ơn bà con đã chú ý theo dõi.
Chúc bà con một ngày làm việc vui vẻ và hiệu quả.
bà con lưu ý bản tin sau về việc tiêm vắc xin phòng bệnh cho trẻ em
thôn tổ chức họp dân để bình xét hộ nghèo năm nay
xã thông báo kết quả rà soát và lấy ý kiến của nhân dân
đồng chí bí thư đảng ủy phát biểu chỉ đạo hội nghị
các anh các chị trong tổ dân phố tham gia dọn dẹp vệ sinh
bác sĩ khuyên bà con ăn chín uống sôi và rửa tay thường xuyên
các cháu học sinh mang theo bút vở khi đến lớp
""".strip().splitlines()

# Nobody and nowhere in particular.
GLOSSARY = (
    GlossaryTerm("Nguyễn Văn Lộc", "person"),
    GlossaryTerm("Trần Thị Sương", "person"),
    GlossaryTerm("Lê Hữu Trãi", "person"),
    GlossaryTerm("Phạm Minh Đức", "person"),
    GlossaryTerm("Võ Thị Ngàn", "person"),
    GlossaryTerm("Đặng Quốc Vinh", "person"),
    GlossaryTerm("Hoàng Thị Nhung", "person"),
    GlossaryTerm("Y Blơm Niê", "person"),
    GlossaryTerm("Đông Mẫu", "place"),
    GlossaryTerm("Xuân Lãng", "place"),
    GlossaryTerm("Trảng Lớn", "place"),
    GlossaryTerm("Tân Bình", "place"),
    GlossaryTerm("Hòa Thạnh", "place"),
    GlossaryTerm("Rạch Giồng", "place"),
    GlossaryTerm("Lũng Trâu", "place"),
    GlossaryTerm("Vĩnh Điền", "place"),
    GlossaryTerm("Bãi", "place"),
    GlossaryTerm("Trường Tiểu học Xuân Lãng", "body"),
    GlossaryTerm("Hợp tác xã Dịch vụ Đông Mẫu", "body"),
    GlossaryTerm("Phó Chủ tịch Hội đồng nhân dân", "office"),
)
