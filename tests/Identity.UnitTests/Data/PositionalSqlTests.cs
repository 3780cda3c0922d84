using Identity.Core.Data;

namespace Identity.UnitTests.Data;

public sealed class PositionalSqlTests
{
    [Fact]
    public void Names_become_numbers_in_the_order_of_their_first_use()
    {
        var sql = PositionalSql.Of(
            "SELECT @b, @a, @b WHERE x = @a_2 -- @no\n AND y <@ z AND w = '@no' AND \"@no\" = @a::text;"
        );

        Assert.Equal(
            "SELECT $1, $2, $1 WHERE x = $3 -- @no\n AND y <@ z AND w = '@no' AND \"@no\" = $2::text",
            sql.Text
        );
        Assert.Equal(["b", "a", "a_2"], sql.Names);
    }

    [Fact]
    public void A_quote_within_quoted_text_does_not_end_it()
    {
        var sql = PositionalSql.Of("SELECT 'it''s @no', @yes");

        Assert.Equal("SELECT 'it''s @no', $1", sql.Text);
    }

    [Theory]
    [InlineData("SELECT @a; SELECT @b")]
    [InlineData("SELECT $$ @a $$")]
    [InlineData("SELECT E'\\' @a'")]
    [InlineData("SELECT 1 /* @a */")]
    [InlineData("SELECT $1")]
    public void What_it_does_not_understand_is_left_to_the_driver(string sql) =>
        Assert.Null(PositionalSql.Of(sql).Text);

    [Fact]
    public void A_text_is_read_once()
    {
        const string sql = "SELECT @once";

        Assert.Same(PositionalSql.Of(sql), PositionalSql.Of(sql));
    }
}
