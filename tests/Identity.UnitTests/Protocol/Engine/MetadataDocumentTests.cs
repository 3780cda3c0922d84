using Identity.Server.Protocol.Engine.Metadata;

namespace Identity.UnitTests.Protocol.Engine;

public sealed class MetadataDocumentTests
{
    [Fact]
    public void A_member_has_one_author()
    {
        MetadataDocument document = new();
        document.Add("claims_parameter_supported", true);

        Assert.Throws<InvalidOperationException>(() => document.Add("claims_parameter_supported", false));
        Assert.Throws<InvalidOperationException>(() => document.Remove("claims_parameter_supported"));
    }

    [Fact]
    public void The_order_of_the_authors_does_not_show()
    {
        MetadataDocument one = new();
        one.Add("b", "2");
        one.Add("a", ["1"]);
        MetadataDocument other = new();
        other.Add("a", ["1"]);
        other.Add("b", "2");

        Assert.Equal(["a", "b"], one.Members.Keys);
        Assert.Equal(one.Members.Keys, other.Members.Keys);
    }
}
