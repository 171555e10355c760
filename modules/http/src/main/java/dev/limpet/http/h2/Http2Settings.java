package dev.limpet.http.h2;

import akka.http.impl.engine.http2.FrameEvent;
import akka.http.impl.engine.http2.Http2Protocol;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.h2.frame.Http2Frames;
import java.util.ArrayList;
import java.util.List;
import scala.jdk.javaapi.CollectionConverters;

/** The SETTINGS of both sides (RFC 9113, 6.5). */
final class Http2Settings {

  /** Akka HTTP's buffers and tables grow with what a client allows us; nobody needs more. */
  private static final int MAX_TABLE = 4_096;

  private static final int HIGHEST_MAX_FRAME_SIZE = (1 << 24) - 1;

  private static final int TABLE_SIZE = 1;
  private static final int ENABLE_PUSH = 2;
  private static final int INITIAL_WINDOW = 4;
  private static final int MAX_FRAME_SIZE = 5;
  private static final int ENABLE_CONNECT_PROTOCOL = 8;

  private Http2Settings() {}

  /** Holds a client's to the protocol, and its streams to them. */
  static FrameAction check(FrameEvent.SettingsFrame frame, ClientStreams streams) {
    FrameAction action = FrameAction.PASS;
    for (FrameEvent.Setting setting : CollectionConverters.asJava(frame.settings())) {
      int value = setting.value();
      FrameAction found =
          switch (setting.identifier().id()) {
            case ENABLE_PUSH -> value == 0 || value == 1 ? FrameAction.PASS : protocolError();
            case INITIAL_WINDOW -> streams.initialWindow(value);
            case MAX_FRAME_SIZE ->
                value >= Http2Frames.MAX_SIZE && value <= HIGHEST_MAX_FRAME_SIZE
                    ? FrameAction.PASS
                    : protocolError();
            default -> FrameAction.PASS;
          };
      action = action.isPass() ? found : action;
    }
    return action;
  }

  /** The same, as far as we make use of what the client allows. */
  static FrameEvent.SettingsFrame within(FrameEvent.SettingsFrame frame) {
    List<FrameEvent.Setting> taken = new ArrayList<>();
    for (FrameEvent.Setting setting : CollectionConverters.asJava(frame.settings())) {
      int value = setting.value();
      int most =
          switch (setting.identifier().id()) {
            case TABLE_SIZE -> MAX_TABLE;
            case MAX_FRAME_SIZE -> Http2Frames.MAX_SIZE;
            default -> value;
          };
      taken.add(
          Integer.compareUnsigned(value, most) <= 0
              ? setting
              : new FrameEvent.Setting(setting.identifier(), most));
    }
    return frame(taken);
  }

  /** Our own, with what Akka HTTP does not know of (RFC 8441, 3). */
  static FrameEvent.SettingsFrame offering(FrameEvent.SettingsFrame frame) {
    List<FrameEvent.Setting> all = new ArrayList<>(CollectionConverters.asJava(frame.settings()));
    all.add(new FrameEvent.Setting(new EnableConnectProtocol(), 1));
    return frame(all);
  }

  private static FrameEvent.SettingsFrame frame(List<FrameEvent.Setting> settings) {
    return new FrameEvent.SettingsFrame(CollectionConverters.asScala(settings).toList());
  }

  private static FrameAction protocolError() {
    return FrameAction.endConnection(Http2Error.PROTOCOL_ERROR);
  }

  private static final class EnableConnectProtocol extends Http2Protocol.SettingIdentifier {

    EnableConnectProtocol() {
      super(ENABLE_CONNECT_PROTOCOL);
    }

    @Override
    public int productArity() {
      return 0;
    }

    @Override
    public Object productElement(int index) {
      throw new IndexOutOfBoundsException(index);
    }

    @Override
    public boolean canEqual(Object other) {
      return other instanceof EnableConnectProtocol;
    }
  }
}
