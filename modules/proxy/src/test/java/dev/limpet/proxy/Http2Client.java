package dev.limpet.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 client with prior knowledge that does what it is told, frame by frame. */
final class Http2Client implements AutoCloseable {

  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;

  /** What has come of one response. */
  static final class Response {
    @Nullable Http2Headers headers;
    @Nullable Http2Headers trailers;
    final List<Http2Headers> interim = new ArrayList<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean ended;
    @Nullable Http2Error reset;

    String status() {
      return header(":status");
    }

    /** Empty: there is none. */
    String header(String name) {
      CharSequence value = headers == null ? null : headers.get(name);
      return value == null ? "" : value.toString();
    }

    String text() {
      return body.toString(StandardCharsets.US_ASCII);
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
  private final DefaultHttp2HeadersDecoder decoder =
      new DefaultHttp2HeadersDecoder(false, false, 1 << 20);
  private final Map<Integer, Response> responses = new HashMap<>();
  private final Map<Integer, Integer> windows = new HashMap<>();
  private int nextStream = 1;
  private boolean reading = true;
  private int maxStreams;
  private @Nullable Http2Error goAway;

  Http2Client(ProxyFixture proxy) throws IOException {
    socket = proxy.connect();
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    send(Http2FrameTypes.SETTINGS, 0, 0);
    while (maxStreams == 0) {
      read();
    }
  }

  /** From now on, no window is widened. */
  Http2Client thatDoesNotRead() {
    reading = false;
    return this;
  }

  int maxStreams() {
    return maxStreams;
  }

  /** A GET without a body; returns its stream. */
  int get(String path, String... headers) throws IOException {
    return request(END_STREAM, "GET", path, headers);
  }

  int request(int flags, String method, String path, String... headers) throws IOException {
    Http2Headers all =
        new DefaultHttp2Headers(false)
            .method(method)
            .scheme("http")
            .authority("app.example")
            .path(path);
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    int stream = nextStream();
    headers(stream, flags, all);
    return stream;
  }

  /** A stream that is not open yet. */
  int nextStream() {
    int stream = nextStream;
    nextStream += 2;
    return stream;
  }

  void headers(int stream, int flags, Http2Headers headers) throws IOException {
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(stream, headers, block);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes);
    int most = 16_384;
    int at = Math.min(bytes.length, most);
    boolean whole = at == bytes.length;
    send(Http2FrameTypes.HEADERS, flags | (whole ? END_HEADERS : 0), stream, bytes, at);
    while (at < bytes.length) {
      byte[] rest = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + most));
      at += rest.length;
      send(Http2FrameTypes.CONTINUATION, at == bytes.length ? END_HEADERS : 0, stream, rest);
    }
  }

  /** Sends data as soon as the windows allow it. */
  void data(int stream, int flags, byte[] payload) throws IOException {
    while (window(0) < payload.length || window(stream) < payload.length) {
      read();
    }
    windows.merge(0, -payload.length, Integer::sum);
    windows.merge(stream, -payload.length, Integer::sum);
    send(Http2FrameTypes.DATA, flags, stream, payload);
  }

  void reset(int stream) throws IOException {
    send(Http2FrameTypes.RST_STREAM, 0, stream, 0, 0, 0, 8);
  }

  void send(byte type, int flags, int stream, int... octets) throws IOException {
    byte[] payload = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      payload[i] = (byte) octets[i];
    }
    send(type, flags, stream, payload);
  }

  void send(byte type, int flags, int stream, byte[] payload) throws IOException {
    send(type, flags, stream, payload, payload.length);
  }

  private void send(byte type, int flags, int stream, byte[] payload, int length)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + length);
    frame.putInt(length << 8 | type).put((byte) flags).putInt(stream).put(payload, 0, length);
    out.write(frame.array());
  }

  /** What has come of a stream when it has ended, by itself or by a reset. */
  Response response(int stream) throws IOException {
    Response response = of(stream);
    while (!response.ended && response.reset == null) {
      read();
    }
    return response;
  }

  void awaitHead(int stream) throws IOException {
    while (of(stream).headers == null) {
      read();
    }
  }

  /** Says nothing more, but goes on to read. */
  void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** What there is so far. */
  Response of(int stream) {
    return responses.computeIfAbsent(stream, unseen -> new Response());
  }

  /** Reads on until the connection has ended; the reason is that of the last GOAWAY. */
  @Nullable Http2Error goAway() throws IOException {
    try {
      while (true) {
        read();
      }
    } catch (EOFException | SocketException end) {
      return goAway;
    }
  }

  /** Reads one frame. */
  void read() throws IOException {
    int head = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(head >>> 8);
    ByteBuffer bytes = ByteBuffer.wrap(payload);
    Response response = of(stream);
    switch ((byte) head) {
      case Http2FrameTypes.SETTINGS -> {
        while (bytes.remaining() >= 6) {
          int id = bytes.getShort();
          int value = bytes.getInt();
          maxStreams = id == 3 ? value : maxStreams;
        }
      }
      case Http2FrameTypes.HEADERS -> {
        try {
          Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
          if (headers.status() != null && headers.status().charAt(0) == '1') {
            response.interim.add(headers);
          } else if (response.headers != null) {
            response.trailers = headers;
          } else {
            response.headers = headers;
          }
        } catch (Http2Exception e) {
          throw new AssertionError(e);
        }
        response.ended = (flags & END_STREAM) != 0;
      }
      case Http2FrameTypes.DATA -> {
        response.body.write(payload);
        response.ended = (flags & END_STREAM) != 0;
        if (reading && payload.length > 0 && !response.ended) {
          byte[] increment = ByteBuffer.allocate(4).putInt(payload.length).array();
          send(Http2FrameTypes.WINDOW_UPDATE, 0, 0, increment);
          send(Http2FrameTypes.WINDOW_UPDATE, 0, stream, increment);
        }
      }
      case Http2FrameTypes.RST_STREAM -> response.reset = Http2Error.valueOf(bytes.getInt());
      case Http2FrameTypes.WINDOW_UPDATE -> windows.put(stream, window(stream) + bytes.getInt());
      case Http2FrameTypes.GO_AWAY -> {
        bytes.getInt();
        goAway = Http2Error.valueOf(bytes.getInt());
      }
      default -> {}
    }
  }

  boolean hasHeardGoAway() {
    return goAway != null;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private int window(int stream) {
    return windows.computeIfAbsent(stream, unseen -> 65_535);
  }
}
