"""`loa keys`: changing the keys that sign sessions and keep second factors."""

import click

from bridge.audit import write_entry
from bridge.secret_keys import change_second_factor_key, change_secret_key
from web.commands.options import with_services
from web.services import Services


@click.group(short_help="Khóa ký phiên đăng nhập và giữ lớp xác minh thứ hai.")
def keys() -> None:
    """Khóa ký phiên đăng nhập và giữ lớp xác minh thứ hai, trong thư mục dữ liệu."""


@keys.command(short_help="Đổi khóa.")
@click.option("--second-factor", is_flag=True, help="Đổi khóa giữ lớp xác minh thứ hai.")
@with_services
def rotate(services: Services, second_factor: bool) -> None:
    """Đổi khóa ký phiên đăng nhập, ví dụ khi nghi có người chép được tệp khóa.

    Khóa cũ còn dùng thêm một ngày nên không ai bị đăng xuất giữa chừng. Nếu chắc chắn khóa đã lộ
    thì xóa cả tệp secret_key_former: mọi người phải đăng nhập lại. Khởi động lại Loa để dùng khóa
    mới.
    """
    change = change_second_factor_key if second_factor else change_secret_key
    change(services.settings)
    with services.db.writing() as session:
        write_entry(
            session,
            actor_id=None,
            action="change_second_factor_key" if second_factor else "change_key",
            subject_type="installation",
            subject_id="keys",
        )
    click.echo("Đã đổi khóa. Khởi động lại Loa để dùng khóa mới.")
