package dev.limpet.cluster.formation;

import akka.serialization.SerializerWithStringManifest;
import dev.limpet.model.net.HostPort;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes and reads what nodes say on the way to a cluster. A talk is text: the word's name, the
 * sender and the stamp, with spaces between them; a hail is JSON. The manifest carries the version
 * of the format. Named in the actor system's serialization bindings.
 */
public final class TalkSerializer extends SerializerWithStringManifest {

  private static final String TALK = "T1";
  private static final String HAIL = "H1";
  private static final int IDENTIFIER = 4_157_001;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    return message instanceof Hail ? HAIL : TALK;
  }

  @Override
  public byte[] toBinary(Object message) {
    if (message instanceof Hail hail) {
      return HailFormat.toBytes(hail);
    }
    Formation.Talk talk = (Formation.Talk) message;
    return (talk.word() + " " + talk.from() + " " + talk.stamp()).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    List<String> parts = List.of(text.split(" ", -1));
    try {
      if (manifest.equals(HAIL)) {
        return HailFormat.fromBytes(bytes);
      }
      if (manifest.equals(TALK) && parts.size() == 3) {
        return new Formation.Talk(
            Formation.Word.valueOf(parts.get(0)),
            HostPort.parse(parts.get(1)),
            Long.parseLong(parts.get(2)));
      }
    } catch (IllegalArgumentException e) {
      // Said below, with the text.
    }
    throw new NotSerializableException(manifest + ": " + text);
  }
}
